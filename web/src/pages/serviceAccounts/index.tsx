import { Anchor, Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router-dom";
import { usePage } from "../../api/queries";
import type { ServiceAccount } from "../../api/types";
import { type Column, DataList } from "../../components/DataList";
import { formatCount } from "../../components/format";
import { useListState } from "../../components/listState";
import { Moment } from "../../components/Moment";
import { PageFrame } from "../../components/PageFrame";
import { State } from "../../components/State";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";
import { AccountDialog } from "./AccountDialog";

const columns: Column<ServiceAccount>[] = [
  {
    name: text.tokens.name,
    cell: (account) => (
      <Stack gap={0}>
        <Anchor component={Link} to={`/organization/service-accounts/${account.id}`} fw={600} className="anywhere">
          {account.name}
        </Anchor>
        <Text span size="sm" c="dimmed" className="anywhere">
          {account.description}
        </Text>
        {!account.is_active && <State tone="quiet">{text.members.deactivated}</State>}
      </Stack>
    ),
  },
  { name: text.machines.owner, cell: (account) => <span className="anywhere">{account.owner?.email ?? text.machines.noOwner}</span> },
  { name: text.members.role, cell: (account) => text.roles[account.role] },
  { name: text.members.tokens, cell: (account) => formatCount(account.live_tokens) },
  { name: text.tokens.last_used_at, cell: (account) => <Moment time={account.last_used_at} relative otherwise={text.tokens.never} /> },
  { name: text.tokens.created_at, cell: (account) => <Moment time={account.created_at} otherwise="" /> },
];

export default function ServiceAccounts() {
  const organization = useOrganization();
  const state = useListState();
  const answer = usePage<ServiceAccount>(`${organization.path}/service-accounts`, { ...state.query, limit: 50 });
  const [isCreating, setCreating] = useState(false);
  const navigate = useNavigate();
  const create = <Button onClick={() => setCreating(true)}>{text.machines.create}</Button>;
  return (
    <PageFrame title={text.nav.serviceAccounts} description={text.machines.description} actions={create}>
      <DataList
        caption={text.nav.serviceAccounts}
        columns={columns}
        answer={answer}
        state={state}
        rowKey={(account) => account.id}
        empty={
          <>
            <Text>{text.machines.empty}</Text>
            {create}
          </>
        }
      />
      <AccountDialog
        account={null}
        opened={isCreating}
        onClose={() => setCreating(false)}
        onSaved={(account) => navigate(`/organization/service-accounts/${account.id}`)}
      />
    </PageFrame>
  );
}
