import { Anchor, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router-dom";
import { call } from "../../api/client";
import { usePage } from "../../api/queries";
import type { Member } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { type Column, DataList } from "../../components/DataList";
import { Filters, SearchFilter, SelectFilter } from "../../components/Filters";
import { formatCount } from "../../components/format";
import { useListState } from "../../components/listState";
import { Moment } from "../../components/Moment";
import { PageFrame } from "../../components/PageFrame";
import { type RowAction, RowMenu } from "../../components/RowMenu";
import { State } from "../../components/State";
import { useOrganization, useSession } from "../../shell/SessionGate";
import { text } from "../../text";
import { RoleDialog } from "./RoleDialog";

const DEFAULTS = { state: "active", sort: "email" };
const FILTERS = ["q", "role"];
const SORTS = ["email", "-email", "joined_at", "-joined_at"];
const STATES: [string, string][] = [
  ["active", text.members.active],
  ["deactivated", text.members.deactivated],
  ["removed", text.members.removed],
  ["all", text.states.all],
];
const ROLES: [string, string][] = [["", text.members.anyRole], ["owner", text.roles.owner], ["administrator", text.roles.administrator], ["member", text.roles.member]];

const nameOf = (member: Member) => [member.first_name, member.last_name].filter(Boolean).join(" ");

const whoColumn: Column<Member> = {
  name: text.members.who,
  sort: "email",
  cell: (member) => (
    <Stack gap={0}>
      <Text span fw={600} className="anywhere">
        {member.email}
      </Text>
      {nameOf(member) && (
        <Text span size="sm" c="dimmed" className="anywhere">
          {nameOf(member)}
        </Text>
      )}
      {!member.is_active && <State tone="quiet">{text.members.deactivated}</State>}
    </Stack>
  ),
};

const tokensColumn: Column<Member> = {
  name: text.members.tokens,
  cell: (member) => (
    <Anchor component={Link} to={`/organization/tokens?user_id=${member.user_id}`} aria-label={text.members.tokensOf(formatCount(member.live_tokens), member.email)}>
      {formatCount(member.live_tokens)}
    </Anchor>
  ),
};

export default function Members() {
  const organization = useOrganization();
  const state = useListState(FILTERS, DEFAULTS);
  const answer = usePage<Member>(`${organization.path}/members`, { ...state.query, limit: 50 });
  const [changing, setChanging] = useState<Member | null>(null);
  const actionsOf = useMemberActions(setChanging);
  const columns: Column<Member>[] = [
    whoColumn,
    { name: text.members.role, cell: (member) => text.roles[member.role] },
    { name: text.members.joined, sort: "joined_at", cell: (member) => <Moment time={member.joined_at} otherwise="" /> },
    { name: text.members.lastActivity, cell: (member) => <Moment time={member.last_activity} relative otherwise={text.tokens.never} /> },
    tokensColumn,
    { name: text.lists.actions, isSilent: true, cell: (member) => <RowMenu of={member.email} actions={actionsOf(member)} /> },
  ];
  return (
    <PageFrame title={text.nav.members} description={text.members.description}>
      <Filters>
        <SearchFilter state={state} label={text.members.search} />
        <SelectFilter state={state} name="role" label={text.members.role} options={ROLES} />
        <SelectFilter state={state} name="state" label={text.states.label} options={STATES} />
      </Filters>
      <DataList caption={text.nav.members} columns={columns} answer={answer} state={state} sorts={SORTS} rowKey={(member) => member.user_id} empty={<Text>{text.members.empty}</Text>} />
      <RoleDialog member={changing} onClose={() => setChanging(null)} />
    </PageFrame>
  );
}

/** Nobody changes those above themselves, nor themselves here. */
function useMemberActions(change: (member: Member) => void) {
  const organization = useOrganization();
  const { user, can } = useSession();
  const { run } = useAction();
  const confirm = useConfirm();
  const path = (member: Member) => `${organization.path}/members/${member.user_id}`;
  const setActive = async (member: Member, is_active: boolean) => {
    const question = { title: text.members.deactivate, body: text.members.deactivateBody(member.email, formatCount(member.live_tokens)), go: text.members.deactivate };
    if (is_active || (await confirm(question)))
      await run(() => call("PATCH", path(member), { body: { is_active } }), { said: is_active ? text.members.activated(member.email) : text.members.isDeactivated(member.email) });
  };
  const remove = async (member: Member) => {
    const question = { title: text.members.remove, body: text.members.removeBody(member.email, formatCount(member.live_tokens)), go: text.members.remove };
    if (await confirm(question)) await run(() => call("DELETE", path(member)), { said: text.members.isRemoved(member.email) });
  };
  return (member: Member): RowAction[] => {
    if (member.user_id === user.id || (member.role === "owner" && !can.own)) return [];
    return [
      { label: text.members.changeRole, run: () => change(member) },
      member.is_active
        ? { label: text.members.deactivate, run: () => void setActive(member, false), isDangerous: true }
        : { label: text.members.activate, run: () => void setActive(member, true) },
      { label: text.members.remove, run: () => void remove(member), isDangerous: true },
    ];
  };
}
