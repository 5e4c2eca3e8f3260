import { Anchor, Button, Group, Text, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link, useParams } from "react-router-dom";
import { ApiError, call } from "../../api/client";
import { useThing } from "../../api/queries";
import type { ServiceAccount, Session, TokenKind } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { Failed, ListSkeleton } from "../../components/DataList";
import { formatCount } from "../../components/format";
import { Message } from "../../components/Message";
import { PageFrame } from "../../components/PageFrame";
import { State } from "../../components/State";
import { useOrganization, useSession } from "../../shell/SessionGate";
import { text } from "../../text";
import { machineTokens } from "../../tokens/places";
import { TokenList } from "../../tokens/TokenList";
import { AccountDialog } from "./AccountDialog";

function kindsOn({ kinds }: Session): TokenKind[] {
  return [...(kinds.api_key ? ["api_key" as const] : []), ...(kinds.pat ? ["pat" as const] : [])];
}

/** One machine's account and its tokens. */
export default function OneServiceAccount() {
  const { id = "" } = useParams();
  const organization = useOrganization();
  const path = `${organization.path}/service-accounts/${encodeURIComponent(id)}`;
  const account = useThing<ServiceAccount>(path);
  if (account.isPending) return <ListSkeleton />;
  if (account.isError && account.error instanceof ApiError && account.error.status === 404) return <Message title={text.notHere.title}>{text.notHere.body}</Message>;
  if (account.isError) return <Failed error={account.error} onRetry={() => void account.refetch()} />;
  return <Account account={account.data} path={path} />;
}

function Account({ account, path }: { account: ServiceAccount; path: string }) {
  const organization = useOrganization();
  const session = useSession();
  const [isEditing, setEditing] = useState(false);
  const [isCreating, setCreating] = useState(false);
  const place = useMemo(() => machineTokens(organization.id, account.id, kindsOn(session)), [organization.id, account.id, session]);
  const canCreate = account.is_active && place.kinds.length > 0;
  return (
    <PageFrame
      title={account.name}
      description={account.description}
      actions={
        <>
          <Button variant="default" onClick={() => setEditing(true)}>
            {text.machines.editGo}
          </Button>
          <ActiveButton account={account} path={path} />
        </>
      }
    >
      <Group gap="xl">
        {!account.is_active && <State tone="quiet">{text.members.deactivated}</State>}
        <Text className="anywhere">{text.machines.about(text.roles[account.role], account.owner?.email ?? text.machines.noOwner)}</Text>
        <Anchor component={Link} to="/organization/service-accounts">
          {text.machines.back}
        </Anchor>
      </Group>
      <Group justify="space-between">
        <Title order={2}>{text.machines.tokens}</Title>
        {canCreate && <Button onClick={() => setCreating(true)}>{text.tokens.create}</Button>}
      </Group>
      <TokenList place={place} caption={text.machines.tokens} limits={session.limits} isCreating={isCreating} onCreating={setCreating} canCreate={canCreate} />
      <AccountDialog account={account} opened={isEditing} onClose={() => setEditing(false)} onSaved={() => undefined} />
    </PageFrame>
  );
}

function ActiveButton({ account, path }: { account: ServiceAccount; path: string }) {
  const { run, pending } = useAction();
  const confirm = useConfirm();
  const deactivate = async () => {
    const question = { title: text.members.deactivate, body: text.machines.deactivateBody(account.name, formatCount(account.live_tokens)), go: text.members.deactivate };
    if (await confirm(question)) await run(() => call("DELETE", path), { said: text.members.isDeactivated(account.name) });
  };
  const activate = () => run(() => call("PATCH", path, { body: { is_active: true } }), { said: text.members.activated(account.name) });
  return (
    <Button variant="default" loading={pending} onClick={() => void (account.is_active ? deactivate() : activate())}>
      {account.is_active ? text.members.deactivate : text.members.activate}
    </Button>
  );
}
