import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { call } from "../../api/client";
import { usePage } from "../../api/queries";
import type { Token } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { type Column, DataList } from "../../components/DataList";
import { Filters, SearchFilter, SelectFilter } from "../../components/Filters";
import { formatCount } from "../../components/format";
import { useListState } from "../../components/listState";
import { PageFrame } from "../../components/PageFrame";
import { RowMenu } from "../../components/RowMenu";
import { useOrganization, useSession } from "../../shell/SessionGate";
import { text } from "../../text";
import { createdColumn, expiresColumn, nameColumn, requestsColumn, scopesColumn, usedColumn } from "../../tokens/columns";
import { ORGANIZATIONS } from "../../tokens/places";
import { revokeQuestion } from "../../tokens/revoking";
import { nameOf, STATES } from "../../tokens/TokenList";

const DEFAULTS = { state: "active", sort: "-created_at" };
const KINDS: [string, string][] = [["", text.allTokens.anyKind], ["pat", text.kinds.pat], ["api_key", text.kinds.api_key]];
const UNUSED: [string, string][] = [["", text.allTokens.any], ["30", text.allTokens.unused(30)], ["90", text.allTokens.unused(90)], ["365", text.allTokens.unused(365)]];
const EXPIRES: [string, string][] = [["", text.allTokens.any], ["7", text.allTokens.within(7)], ["14", text.allTokens.within(14)], ["30", text.allTokens.within(30)]];
const NEVER: [string, string][] = [["", text.allTokens.any], ["true", text.allTokens.neverUsed]];

const FILTERS = ["q", "user_id", "kind", "never_used", "unused_days", "expires_in_days"];

/** Living, and of nobody who stands above. */
function useMayRevoke() {
  const { can } = useSession();
  return (token: Token) => (token.state === "active" || token.state === "in_grace") && (can.own || token.user?.role !== "owner");
}

/** Everybody's tokens in the organization. */
export default function AllTokens() {
  const organization = useOrganization();
  const path = `${organization.path}/tokens`;
  const state = useListState(FILTERS, DEFAULTS);
  const answer = usePage<Token>(path, { ...state.query, include: "usage", limit: 50 });
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const items = useMemo(() => answer.data?.items ?? [], [answer.data]);
  const mayRevoke = useMayRevoke();
  const selected = items.filter((token) => chosen.has(token.id) && mayRevoke(token));
  const columns = useColumns(path, items, chosen, setChosen);
  const userId = state.get("user_id");
  return (
    <PageFrame title={text.nav.tokens} description={text.allTokens.description}>
      <Filters>
        <SearchFilter state={state} label={text.allTokens.search} />
        <SelectFilter state={state} name="kind" label={text.tokens.kind} options={KINDS} />
        <SelectFilter state={state} name="state" label={text.states.label} options={STATES} />
        <SelectFilter state={state} name="never_used" label={text.allTokens.use} options={NEVER} />
        <SelectFilter state={state} name="unused_days" label={text.allTokens.unusedFor} options={UNUSED} />
        <SelectFilter state={state} name="expires_in_days" label={text.tokens.expires_at} options={EXPIRES} />
        {userId && (
          <Button variant="default" onClick={() => state.set({ user_id: "" })}>
            {text.allTokens.everybody}
          </Button>
        )}
      </Filters>
      <RevokeMany path={path} selected={selected} onDone={() => setChosen(new Set())} />
      <DataList caption={text.nav.tokens} columns={columns} answer={answer} state={state} sorts={ORGANIZATIONS} rowKey={(token) => token.id} empty={<Text>{text.allTokens.empty}</Text>} />
    </PageFrame>
  );
}

function RevokeMany({ path, selected, onDone }: { path: string; selected: Token[]; onDone: () => void }) {
  const { run, pending } = useAction();
  const confirm = useConfirm();
  const people = new Set(selected.map((token) => token.user_id)).size;
  const revoke = async () => {
    const body = text.allTokens.revokeBody(formatCount(selected.length), formatCount(people));
    if (!(await confirm({ title: text.allTokens.revokeMany(formatCount(selected.length)), body, go: text.revoke.go }))) return;
    const ids = selected.map((token) => token.id);
    const done = await run(() => call<{ revoked: number }>("POST", `${path}/revoke`, { body: { ids } }), { said: ({ revoked }) => text.allTokens.revoked(formatCount(revoked)) });
    if (done) onDone();
  };
  return (
    <Group>
      <Button color="red.9" disabled={selected.length === 0} loading={pending} onClick={() => void revoke()}>
        {text.allTokens.revokeMany(formatCount(selected.length))}
      </Button>
    </Group>
  );
}

function useColumns(path: string, items: Token[], chosen: Set<string>, setChosen: (chosen: Set<string>) => void): Column<Token>[] {
  const { run } = useAction();
  const confirm = useConfirm();
  const revoke = async (token: Token) => {
    if (await confirm(revokeQuestion(token)))
      await run(() => call("DELETE", `${path}/${encodeURIComponent(token.id)}`), { said: text.revoke.done(token.name) });
  };
  const toggle = (token: Token, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(token.id);
    else next.delete(token.id);
    setChosen(next);
  };
  const mayRevoke = useMayRevoke();
  const living = items.filter(mayRevoke);
  const all = living.length > 0 && living.every((token) => chosen.has(token.id));
  return [
    {
      name: text.allTokens.choose,
      heading: (
        <Checkbox
          aria-label={text.allTokens.chooseAll}
          checked={all}
          disabled={living.length === 0}
          onChange={(event) => setChosen(new Set(event.currentTarget.checked ? living.map((token) => token.id) : []))}
        />
      ),
      isSilent: true,
      cell: (token) => (
        <Checkbox
          aria-label={text.allTokens.chooseOne(nameOf(token), token.user?.email ?? "")}
          checked={chosen.has(token.id)}
          disabled={!mayRevoke(token)}
          onChange={(event) => toggle(token, event.currentTarget.checked)}
        />
      ),
    },
    {
      name: text.allTokens.whose,
      cell: (token) => (
        <Stack gap={0}>
          <span className="anywhere">{token.user?.is_service_account ? token.user.name : token.user?.email}</span>
          <Text span size="xs" c="dimmed">
            {[token.user?.is_service_account && text.allTokens.machine, text.kinds[token.kind]].filter(Boolean).join(" · ")}
          </Text>
        </Stack>
      ),
    },
    nameColumn,
    scopesColumn,
    createdColumn,
    usedColumn,
    expiresColumn,
    requestsColumn,
    {
      name: text.lists.actions,
      isSilent: true,
      cell: (token) => <RowMenu of={nameOf(token)} actions={mayRevoke(token) ? [{ label: text.revoke.open, run: () => void revoke(token), isDangerous: true }] : []} />,
    },
  ];
}
