import { Button, Stack, Text } from "@mantine/core";
import { call } from "../../api/client";
import { usePage } from "../../api/queries";
import type { SessionItem } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { type Column, DataList } from "../../components/DataList";
import { formatCount, shortAgent } from "../../components/format";
import { useListState } from "../../components/listState";
import { Moment } from "../../components/Moment";
import { PageFrame } from "../../components/PageFrame";
import { State } from "../../components/State";
import { text } from "../../text";

const PATH = "/api/v1/sessions";

export default function Sessions() {
  const state = useListState();
  const answer = usePage<SessionItem>(PATH, { ...state.query, limit: 50 });
  const { run, pending } = useAction();
  const confirm = useConfirm();
  const end = (session: SessionItem) => run(() => call("DELETE", `${PATH}/${encodeURIComponent(session.id)}`), { said: text.sessions.ended });
  const endOthers = async () => {
    if (await confirm({ title: text.sessions.endOthers, body: text.sessions.endOthersBody, go: text.sessions.endOthers }))
      await run(() => call<{ ended: number }>("DELETE", PATH), { said: ({ ended }) => text.sessions.endedMany(formatCount(ended)) });
  };
  const columns: Column<SessionItem>[] = [
    {
      name: text.sessions.where,
      cell: (session) => (
        <Stack gap={0}>
          <span className="anywhere" title={session.user_agent}>
            {shortAgent(session.user_agent) || text.unknown}
          </span>
          <Text span size="xs" c="dimmed">
            {session.ip}
          </Text>
          {session.is_current && <State tone="good">{text.sessions.current}</State>}
        </Stack>
      ),
    },
    { name: text.sessions.signedIn, cell: (session) => <Moment time={session.created_at} relative otherwise="" /> },
    { name: text.sessions.lastSeen, cell: (session) => <Moment time={session.last_seen_at} relative otherwise="" /> },
    { name: text.tokens.expires_at, cell: (session) => <Moment time={session.expires_at} otherwise="" /> },
    {
      name: text.lists.actions,
      isSilent: true,
      cell: (session) =>
        !session.is_current && (
          <Button variant="default" size="xs" disabled={pending} aria-label={text.sessions.endOne(shortAgent(session.user_agent), session.ip)} onClick={() => void end(session)}>
            {text.sessions.end}
          </Button>
        ),
    },
  ];
  return (
    <PageFrame
      title={text.nav.sessions}
      description={text.sessions.description}
      actions={
        <Button variant="default" disabled={pending} onClick={() => void endOthers()}>
          {text.sessions.endOthers}
        </Button>
      }
    >
      <DataList caption={text.nav.sessions} columns={columns} answer={answer} state={state} rowKey={(session) => session.id} empty={<Text>{text.sessions.empty}</Text>} />
    </PageFrame>
  );
}
