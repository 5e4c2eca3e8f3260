import { Button, Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { call } from "../../api/client";
import { usePage } from "../../api/queries";
import type { Invitation, NewInvitation } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { type Column, DataList } from "../../components/DataList";
import { useListState } from "../../components/listState";
import { Moment } from "../../components/Moment";
import { PageFrame } from "../../components/PageFrame";
import { State } from "../../components/State";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";
import { SecretDialog } from "../../tokens/SecretDialog";
import { InviteDialog } from "./InviteDialog";
import { SharedLink } from "./SharedLink";

const TONES = { open: "good", used: "quiet", expired: "quiet", revoked: "bad" } as const;

export default function Invitations() {
  const organization = useOrganization();
  const path = `${organization.path}/invitations`;
  const state = useListState();
  const answer = usePage<Invitation>(path, { ...state.query, limit: 50 });
  const [isCreating, setCreating] = useState(false);
  const [link, setLink] = useState<NewInvitation | null>(null);
  const forget = useCallback(() => setLink(null), []);
  const { run } = useAction();
  const confirm = useConfirm();
  const revoke = async (invitation: Invitation) => {
    if (await confirm({ title: text.invitations.revoke, body: text.invitations.revokeBody, go: text.invitations.revoke }))
      await run(() => call("DELETE", `${path}/${encodeURIComponent(invitation.id)}`), { said: text.invitations.revoked });
  };
  const columns: Column<Invitation>[] = [
    { name: text.invitations.for, cell: (one) => <span className="anywhere">{one.email ?? text.invitations.anybody}</span> },
    { name: text.members.role, cell: (one) => text.roles[one.role] },
    { name: text.states.label, cell: (one) => <State tone={TONES[one.state]}>{text.invitations.states[one.state]}</State> },
    { name: text.tokens.created_at, cell: (one) => <Moment time={one.created_at} otherwise="" /> },
    { name: text.tokens.expires_at, cell: (one) => <Moment time={one.expires_at} otherwise="" /> },
    {
      name: text.lists.actions,
      isSilent: true,
      cell: (one) =>
        one.state === "open" && (
          <Button variant="default" size="xs" aria-label={text.invitations.revokeOne(one.email ?? text.invitations.anybody)} onClick={() => void revoke(one)}>
            {text.revoke.open}
          </Button>
        ),
    },
  ];
  return (
    <PageFrame
      title={text.nav.invitations}
      description={text.invitations.description}
      actions={<Button onClick={() => setCreating(true)}>{text.invitations.create}</Button>}
    >
      <DataList
        caption={text.nav.invitations}
        columns={columns}
        answer={answer}
        state={state}
        rowKey={(one) => one.id}
        empty={
          <>
            <Text>{text.invitations.empty}</Text>
            <Button onClick={() => setCreating(true)}>{text.invitations.create}</Button>
          </>
        }
      />
      <SharedLink />
      <InviteDialog
        path={path}
        opened={isCreating}
        onClose={() => setCreating(false)}
        onCreated={(invitation) => {
          setCreating(false);
          setLink(invitation);
        }}
      />
      <SecretDialog title={text.invitations.linkTitle} secret={link?.url ?? null} note={text.invitations.linkNote} onStored={forget} />
    </PageFrame>
  );
}
