import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "react-router-dom";
import type { AuditEvent } from "../../api/types";
import type { Column } from "../../components/DataList";
import { formatExact, formatMoment, shortAgent } from "../../components/format";
import { text } from "../../text";

const NOTHING = "–";
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

function show(value: unknown): string {
  if (value === null || value === undefined || value === "") return NOTHING;
  if (typeof value !== "string") return JSON.stringify(value);
  return TIME.test(value) ? formatMoment(value) : value;
}

function Details({ details }: { details: AuditEvent["details"] }) {
  const facts = Object.entries(details);
  if (facts.length === 0) return null;
  return (
    <dl className="facts">
      {facts.map(([name, { before, after }]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="anywhere">{show(before) === NOTHING ? show(after) : `${show(before)} → ${show(after)}`}</dd>
        </div>
      ))}
    </dl>
  );
}

export const columns: Column<AuditEvent>[] = [
  {
    name: text.audit.at,
    cell: (event) => (
      <time dateTime={event.at} title={formatExact(event.at)}>
        {formatMoment(event.at)}
      </time>
    ),
  },
  { name: text.audit.event, cell: (event) => <code>{event.event}</code> },
  {
    name: text.audit.actor,
    cell: ({ actor, ip, user_agent }) => (
      <Stack gap={0} className="actor">
        {actor.id !== null && actor.kind !== "operator" ? (
          <Anchor component={Link} to={`?actor_id=${actor.id}`} className="anywhere">
            {actor.name}
          </Anchor>
        ) : (
          <span className="anywhere">{actor.name || text.audit.actors[actor.kind]}</span>
        )}
        <Text span size="xs" c="dimmed" className="anywhere" title={user_agent ?? undefined}>
          {[ip, user_agent && shortAgent(user_agent)].filter(Boolean).join(" · ")}
        </Text>
      </Stack>
    ),
  },
  {
    name: text.audit.subject,
    cell: ({ subject }) => (
      <Stack gap={0}>
        <span className="anywhere">{subject.name || subject.id}</span>
        <Text span size="xs" c="dimmed">
          {subject.kind}
        </Text>
      </Stack>
    ),
  },
  { name: text.audit.details, cell: (event) => <Details details={event.details} /> },
];
