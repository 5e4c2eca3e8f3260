import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { ApiError, call } from "../api/client";
import type { IssuedToken, NewToken, Session } from "../api/types";
import { applyFaults, useAction } from "../components/actions";
import { text } from "../text";
import { AddressesField, ALL, ExpiryField, expiryFault, expiryOrder, firstExpiry, ScopesField, toAddresses } from "./fields";
import type { TokenPlace } from "./places";

interface CreateDialogProps {
  place: TokenPlace;
  limits: Session["limits"];
  opened: boolean;
  onClose: () => void;
  onCreated: (token: IssuedToken) => void;
}

export function CreateDialog(props: CreateDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={text.tokens.createTitle} size="lg" closeButtonProps={{ "aria-label": text.close }}>
      {props.opened && <CreateForm {...props} />}
    </Modal>
  );
}

function CreateForm({ place, limits, onClose, onCreated }: CreateDialogProps) {
  const { run, pending } = useAction();
  const [showsMore, setShowsMore] = useState(false);
  const addresses = useRef<HTMLTextAreaElement>(null);
  const showMore = () => {
    flushSync(() => setShowsMore(true));
    addresses.current?.focus(); // the button that had it is gone
  };
  const form = useForm({
    initialValues: { name: "", kind: place.kinds[0] ?? ("pat"), expires_at: firstExpiry(limits), scopes: [ALL], allowed_ips: "" },
    validate: {
      name: (name) => (name.trim() ? null : text.tokens.nameMissing),
      expires_at: expiryFault,
      scopes: (scopes) => (scopes.length > 0 ? null : text.scopes.missing),
    },
  });

  const submit = form.onSubmit(async ({ name, kind, expires_at, scopes, allowed_ips }) => {
    const body: NewToken = { name: name.trim(), kind, ...expiryOrder(expires_at, limits), scopes, allowed_ips: toAddresses(allowed_ips) };
    const done = await run(() => call<IssuedToken>("POST", place.path, { body }), {
      said: text.tokens.created(body.name),
      onFault: (error) => {
        applyFaults(form, error);
        if (error instanceof ApiError && "allowed_ips" in error.errors) setShowsMore(true);
      },
    });
    if (done) onCreated(done.result);
  });

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={text.tokens.name} description={text.tokens.nameHint} maxLength={100} required data-autofocus {...form.getInputProps("name")} />
        {place.kinds.length > 1 && (
          <NativeSelect label={text.tokens.kind} data={place.kinds.map((kind) => ({ value: kind, label: text.kinds[kind] }))} {...form.getInputProps("kind")} />
        )}
        <ExpiryField limits={limits} {...form.getInputProps("expires_at")} />
        <ScopesField {...form.getInputProps("scopes")} />
        {showsMore ? (
          <AddressesField inputRef={addresses} {...form.getInputProps("allowed_ips")} />
        ) : (
          <Group>
            <Button variant="subtle" size="compact-sm" onClick={showMore}>
              {text.addresses.open}
            </Button>
          </Group>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" loading={pending}>
            {text.tokens.createGo}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
