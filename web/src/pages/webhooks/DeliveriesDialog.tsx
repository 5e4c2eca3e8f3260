import { Modal, Text } from "@mantine/core";
import { useState } from "react";
import { usePage } from "../../api/queries";
import type { Webhook, WebhookDelivery } from "../../api/types";
import { type Column, DataList } from "../../components/DataList";
import { formatCount, formatMoment, formatRelative } from "../../components/format";
import type { ListState } from "../../components/listState";
import { State } from "../../components/State";
import { text } from "../../text";

interface DeliveriesDialogProps {
  path: string;
  webhook: Webhook | null;
  onClose: () => void;
}

export function DeliveriesDialog({ path, webhook, onClose }: DeliveriesDialogProps) {
  return (
    <Modal opened={webhook !== null} onClose={onClose} title={text.webhooks.deliveries} size="xl" closeButtonProps={{ "aria-label": text.close }}>
      {webhook && <Deliveries path={`${path}/${encodeURIComponent(webhook.id)}/deliveries`} />}
    </Modal>
  );
}

function Outcome({ delivery }: { delivery: WebhookDelivery }) {
  if (delivery.delivered_at) return <State tone="good">{text.webhooks.delivered(String(delivery.status ?? ""))}</State>;
  const problem = delivery.problem ?? String(delivery.status ?? text.webhooks.waiting);
  return <State tone={delivery.attempts ? "bad" : "quiet"}>{delivery.next_at ? text.webhooks.again(problem, formatRelative(delivery.next_at)) : problem}</State>;
}

const columns: Column<WebhookDelivery>[] = [
  { name: text.audit.at, cell: (delivery) => formatMoment(delivery.created_at) },
  { name: text.audit.event, cell: (delivery) => <code>{delivery.event}</code> },
  { name: text.webhooks.attempts, cell: (delivery) => formatCount(delivery.attempts) },
  { name: text.webhooks.outcome, cell: (delivery) => <Outcome delivery={delivery} /> },
];

/** Inside a dialog the list keeps its place to itself, not in the address. */
function useOwnState(): ListState {
  const [trail, setTrail] = useState<(string | null)[]>([null]);
  const cursor = trail.at(-1) ?? null;
  return {
    get: () => "",
    set: () => undefined,
    query: cursor ? { cursor } : {},
    isFiltered: false,
    clear: () => setTrail([null]),
    cursor,
    next: (to) => setTrail([...trail, to]),
    previous: () => setTrail(trail.slice(0, -1)),
    first: () => setTrail([null]),
  };
}

function Deliveries({ path }: { path: string }) {
  const state = useOwnState();
  const answer = usePage<WebhookDelivery>(path, { ...state.query, limit: 20 });
  return <DataList caption={text.webhooks.deliveries} columns={columns} answer={answer} state={state} rowKey={(delivery) => delivery.id} empty={<Text>{text.webhooks.noDeliveries}</Text>} />;
}
