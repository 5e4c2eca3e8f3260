import { Button, Group, NativeSelect, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { addressOf, type Query } from "../../api/client";
import { usePage } from "../../api/queries";
import type { AuditEvent } from "../../api/types";
import { DataList } from "../../components/DataList";
import { DateFilter, Filters, SearchFilter } from "../../components/Filters";
import { endOfDay } from "../../components/format";
import { type ListState, useListState } from "../../components/listState";
import { PageFrame } from "../../components/PageFrame";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";
import { columns } from "./columns";
import { EVENTS } from "./events";
import { Following } from "./Following";

const FILTERS = ["q", "event", "actor_id", "subject_user_id", "since", "until"];

/** Days of the address, which are the visitor's, as the times that the server wants. */
function queryOf(state: ListState): Query {
  const { since, until, ...rest } = state.query;
  return {
    ...rest,
    since: since ? new Date(`${since}T00:00:00`).toISOString() : undefined,
    until: until ? endOfDay(until).toISOString() : undefined,
  };
}

export default function AuditLog() {
  const organization = useOrganization();
  const path = `${organization.path}/audit-events`;
  const state = useListState(FILTERS);
  const query = queryOf(state);
  const [follows, setFollows] = useState(false);
  const exported = (format: string) => addressOf(path, { ...query, cursor: undefined, format });
  return (
    <PageFrame
      title={text.nav.auditLog}
      description={text.audit.description}
      actions={
        <>
          <Button component="a" variant="default" href={exported("csv")} download>
            {text.audit.csv}
          </Button>
          <Button component="a" variant="default" href={exported("ndjson")} download>
            {text.audit.ndjson}
          </Button>
        </>
      }
    >
      <Filters>
        <SearchFilter state={state} label={text.audit.search} />
        <EventFilter state={state} />
        <DateFilter state={state} name="since" label={text.audit.since} />
        <DateFilter state={state} name="until" label={text.audit.until} />
        {(state.get("actor_id") || state.get("subject_user_id")) && (
          <Button variant="default" onClick={() => state.set({ actor_id: "", subject_user_id: "" })}>
            {text.allTokens.everybody}
          </Button>
        )}
      </Filters>
      <Group>
        <Switch label={text.audit.follow} checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />
      </Group>
      {follows ? <Following path={path} query={query} state={state} /> : <Pages path={path} query={query} state={state} />}
    </PageFrame>
  );
}

function Pages({ path, query, state }: { path: string; query: Query; state: ListState }) {
  const answer = usePage<AuditEvent>(path, { ...query, limit: 50 });
  return <DataList caption={text.nav.auditLog} columns={columns} answer={answer} state={state} rowKey={(event) => event.number} empty={<Text>{text.audit.empty}</Text>} />;
}

function EventFilter({ state }: { state: ListState }) {
  return (
    <NativeSelect label={text.audit.event} value={state.get("event")} onChange={(event) => state.set({ event: event.currentTarget.value })}>
      <option value="">{text.audit.anyEvent}</option>
      {EVENTS.map(([group, names]) => (
        <optgroup key={group} label={group}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </optgroup>
      ))}
    </NativeSelect>
  );
}
