import { Button, Stack, Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { call } from "../../api/client";
import { usePage } from "../../api/queries";
import type { Webhook } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { type Column, DataList } from "../../components/DataList";
import { formatRelative } from "../../components/format";
import { useListState } from "../../components/listState";
import { PageFrame } from "../../components/PageFrame";
import { type RowAction, RowMenu } from "../../components/RowMenu";
import { State } from "../../components/State";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";
import { SecretDialog } from "../../tokens/SecretDialog";
import { DeliveriesDialog } from "./DeliveriesDialog";
import { WebhookDialog } from "./WebhookDialog";

function WebhookState({ webhook }: { webhook: Webhook }) {
  if (!webhook.is_enabled) return <State tone="quiet">{text.webhooks.off}</State>;
  if (webhook.failing_since) return <State tone="bad">{text.webhooks.failing(formatRelative(webhook.failing_since))}</State>;
  return <State tone="good">{text.webhooks.on}</State>;
}

function lastDelivery({ last_delivery: last }: Webhook): string {
  if (!last) return text.tokens.never;
  return `${formatRelative(last.at)} · ${last.problem ?? last.status ?? ""}`;
}

const shownColumns: Column<Webhook>[] = [
  {
    name: text.webhooks.url,
    cell: (webhook) => (
      <Stack gap={0}>
        <Text span fw={600} className="anywhere">
          {webhook.url}
        </Text>
        <Text span size="sm" c="dimmed" className="anywhere">
          {webhook.description}
        </Text>
      </Stack>
    ),
  },
  { name: text.webhooks.events, cell: (webhook) => <span className="anywhere">{webhook.events.join(", ")}</span> },
  { name: text.states.label, cell: (webhook) => <WebhookState webhook={webhook} /> },
  { name: text.webhooks.lastDelivery, cell: (webhook) => <span className="anywhere">{lastDelivery(webhook)}</span> },
];

export default function Webhooks() {
  const organization = useOrganization();
  const path = `${organization.path}/webhooks`;
  const state = useListState();
  const answer = usePage<Webhook>(path, { ...state.query, limit: 50 });
  const [editing, setEditing] = useState<Webhook | "new" | null>(null);
  const [showing, setShowing] = useState<Webhook | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const forget = useCallback(() => setSecret(null), []);
  const actionsOf = useWebhookActions(path, { edit: setEditing, show: setShowing, reveal: setSecret });
  const create = <Button onClick={() => setEditing("new")}>{text.webhooks.create}</Button>;
  return (
    <PageFrame title={text.nav.webhooks} description={text.webhooks.description} actions={create}>
      <DataList
        caption={text.nav.webhooks}
        columns={[...shownColumns, { name: text.lists.actions, isSilent: true, cell: (webhook) => <RowMenu of={webhook.url} actions={actionsOf(webhook)} /> }]}
        answer={answer}
        state={state}
        rowKey={(webhook) => webhook.id}
        empty={
          <>
            <Text>{text.webhooks.empty}</Text>
            {create}
          </>
        }
      />
      <WebhookDialog
        path={path}
        webhook={editing}
        onClose={() => setEditing(null)}
        onCreated={(created) => {
          setEditing(null);
          setSecret(created);
        }}
      />
      <DeliveriesDialog path={path} webhook={showing} onClose={() => setShowing(null)} />
      <SecretDialog title={text.webhooks.secretTitle} secret={secret} note={text.webhooks.secretNote} onStored={forget} />
    </PageFrame>
  );
}

interface Openers {
  edit: (webhook: Webhook) => void;
  show: (webhook: Webhook) => void;
  reveal: (secret: string) => void;
}

function useWebhookActions(path: string, open: Openers) {
  const { run } = useAction();
  const confirm = useConfirm();
  const one = (webhook: Webhook) => `${path}/${encodeURIComponent(webhook.id)}`;
  const rotate = async (webhook: Webhook) => {
    if (!(await confirm({ title: text.webhooks.rotate, body: text.webhooks.rotateBody, go: text.webhooks.rotate, isDangerous: false }))) return;
    const done = await run(() => call<{ secret: string }>("POST", `${one(webhook)}/rotate-secret`));
    if (done) open.reveal(done.result.secret);
  };
  const remove = async (webhook: Webhook) => {
    if (await confirm({ title: text.webhooks.remove, body: text.webhooks.removeBody(webhook.url), go: text.webhooks.remove }))
      await run(() => call("DELETE", one(webhook)), { said: text.webhooks.removed });
  };
  const enable = (webhook: Webhook, is_enabled: boolean) =>
    run(() => call("PATCH", one(webhook), { body: { is_enabled } }), { said: is_enabled ? text.webhooks.enabled : text.webhooks.disabled });
  const test = (webhook: Webhook) => run(() => call("POST", `${one(webhook)}/test`), { said: text.webhooks.tested });
  return (webhook: Webhook): RowAction[] => [
    { label: text.webhooks.deliveries, run: () => open.show(webhook) },
    ...(webhook.is_enabled ? [{ label: text.webhooks.test, run: () => void test(webhook) }] : []),
    { label: text.webhooks.edit, run: () => open.edit(webhook) },
    { label: webhook.is_enabled ? text.webhooks.disable : text.webhooks.enable, run: () => void enable(webhook, !webhook.is_enabled) },
    { label: text.webhooks.rotate, run: () => void rotate(webhook) },
    { label: text.webhooks.remove, run: () => void remove(webhook), isDangerous: true },
  ];
}
