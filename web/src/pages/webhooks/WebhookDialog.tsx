import { Button, Group, Modal, MultiSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../../api/client";
import type { NewWebhook, Webhook } from "../../api/types";
import { applyFaults, useAction } from "../../components/actions";
import { text } from "../../text";
import { EVENT_NAMES } from "../auditLog/events";

interface WebhookDialogProps {
  path: string;
  webhook: Webhook | "new" | null;
  onClose: () => void;
  onCreated: (secret: string) => void;
}

export function WebhookDialog(props: WebhookDialogProps) {
  const title = props.webhook === "new" ? text.webhooks.create : text.webhooks.edit;
  return (
    <Modal opened={props.webhook !== null} onClose={props.onClose} title={title} size="lg" closeButtonProps={{ "aria-label": text.close }}>
      {props.webhook && <WebhookForm {...props} webhook={props.webhook === "new" ? null : props.webhook} />}
    </Modal>
  );
}

function WebhookForm({ path, webhook, onClose, onCreated }: Omit<WebhookDialogProps, "webhook"> & { webhook: Webhook | null }) {
  const { run, pending } = useAction();
  const form = useForm({
    initialValues: { url: webhook?.url ?? "", description: webhook?.description ?? "", events: webhook?.events ?? ["*"] },
    validate: {
      url: (url) => (URL.canParse(url) ? null : text.webhooks.urlMissing),
      events: (events) => (events.length > 0 ? null : text.webhooks.eventsMissing),
    },
  });
  const submit = form.onSubmit(async (body) => {
    const onFault = (error: unknown) => applyFaults(form, error);
    if (webhook) {
      const done = await run(() => call("PATCH", `${path}/${encodeURIComponent(webhook.id)}`, { body }), { said: text.saved, onFault });
      if (done) onClose();
    } else {
      const done = await run(() => call<NewWebhook>("POST", path, { body }), { said: text.webhooks.created, onFault });
      if (done) onCreated(done.result.secret);
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput type="url" label={text.webhooks.url} description={text.webhooks.urlHint} maxLength={2000} required data-autofocus {...form.getInputProps("url")} />
        <TextInput label={text.machines.descriptionLabel} maxLength={1000} {...form.getInputProps("description")} />
        <MultiSelect
          label={text.webhooks.events}
          description={text.webhooks.eventsHint}
          data={[{ value: "*", label: text.webhooks.allEvents }, ...EVENT_NAMES]}
          searchable
          required
          {...form.getInputProps("events")}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" loading={pending}>
            {webhook ? text.save : text.webhooks.go}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
