import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../api/client";
import type { Token, TokenPatch } from "../api/types";
import { applyFaults, useAction } from "../components/actions";
import { endOfDay, toDateField } from "../components/format";
import { text } from "../text";
import { AddressesField, ScopesField, toAddresses } from "./fields";
import type { TokenPlace } from "./places";

interface EditDialogProps {
  place: TokenPlace;
  token: Token | null;
  onClose: () => void;
}

/** Renames, and narrows: what a token may do is never widened. */
export function EditDialog(props: EditDialogProps) {
  return (
    <Modal opened={props.token !== null} onClose={props.onClose} title={text.tokens.editTitle} size="lg" closeButtonProps={{ "aria-label": text.close }}>
      {props.token && <EditForm {...props} token={props.token} />}
    </Modal>
  );
}

function sameTexts(a: string[], b: string[]) {
  return a.length === b.length && a.every((one) => b.includes(one));
}

function EditForm({ place, token, onClose }: EditDialogProps & { token: Token }) {
  const { run, pending } = useAction();
  const endsOn = token.expires_at ? toDateField(new Date(token.expires_at)) : "";
  const form = useForm({
    initialValues: { name: token.name, scopes: token.scopes, allowed_ips: token.allowed_ips.join("\n"), expires_at: endsOn },
    validate: {
      name: (name) => (name.trim() ? null : text.tokens.nameMissing),
      scopes: (scopes) => (scopes.length > 0 ? null : text.scopes.missing),
    },
  });

  const submit = form.onSubmit(async (values) => {
    const body: TokenPatch = {};
    const addresses = toAddresses(values.allowed_ips);
    if (values.name.trim() !== token.name) body.name = values.name.trim();
    if (!sameTexts(values.scopes, token.scopes)) body.scopes = values.scopes;
    if (!sameTexts(addresses, token.allowed_ips)) body.allowed_ips = addresses;
    if (values.expires_at && values.expires_at !== endsOn)
      body.expires_at = endOfDay(values.expires_at, token.expires_at ? new Date(token.expires_at) : undefined).toISOString();
    if (Object.keys(body).length === 0) { onClose(); return; }
    const done = await run(() => call<Token>("PATCH", place.one(token.id), { body }), {
      said: text.saved,
      onFault: (error) => applyFaults(form, error),
    });
    if (done) onClose();
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={text.tokens.name} maxLength={100} required data-autofocus {...form.getInputProps("name")} />
        <Text size="sm" c="dimmed">
          {text.tokens.onlyNarrower}
        </Text>
        <TextInput type="date" label={text.expiry.day} min={toDateField(new Date())} max={endsOn || undefined} {...form.getInputProps("expires_at")} />
        <ScopesField within={token.scopes} {...form.getInputProps("scopes")} />
        <AddressesField {...form.getInputProps("allowed_ips")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" loading={pending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
