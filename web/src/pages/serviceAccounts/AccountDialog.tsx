import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../../api/client";
import type { Role, ServiceAccount } from "../../api/types";
import { applyFaults, useAction } from "../../components/actions";
import { useOrganization, useSession } from "../../shell/SessionGate";
import { text } from "../../text";
import { OwnerField } from "./OwnerField";

const ROLES: Role[] = ["member", "administrator"];

interface AccountDialogProps {
  /** Null: a new one. */
  account: ServiceAccount | null;
  opened: boolean;
  onClose: () => void;
  onSaved: (account: ServiceAccount) => void;
}

export function AccountDialog(props: AccountDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.account ? text.machines.edit : text.machines.create} closeButtonProps={{ "aria-label": text.close }}>
      {props.opened && <AccountForm {...props} />}
    </Modal>
  );
}

function AccountForm({ account, onClose, onSaved }: AccountDialogProps) {
  const organization = useOrganization();
  const { user } = useSession();
  const { run, pending } = useAction();
  const owner = account ? account.owner : { id: user.id, email: user.email }; // who makes one answers for it, unless told otherwise
  const path = `${organization.path}/service-accounts`;
  const form = useForm({
    initialValues: { name: account?.name ?? "", description: account?.description ?? "", role: account?.role ?? "member", owner_user_id: owner?.id ?? null as number | null },
    validate: { name: (name) => (name.trim() ? null : text.machines.nameMissing) },
  });
  const submit = form.onSubmit(async (values) => {
    // An owner who has left meanwhile stands in nobody's way: only a change is told.
    const change = values.owner_user_id === (owner?.id ?? null) ? {} : { owner_user_id: values.owner_user_id };
    const body = { name: values.name.trim(), description: values.description, role: values.role, ...change };
    const work = () => (account ? call<ServiceAccount>("PATCH", `${path}/${account.id}`, { body }) : call<ServiceAccount>("POST", path, { body }));
    const done = await run(work, { said: account ? text.saved : text.machines.created(body.name), onFault: (error) => applyFaults(form, error) });
    if (!done) return;
    onClose();
    onSaved(done.result);
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={text.tokens.name} description={text.machines.nameHint} maxLength={100} required data-autofocus {...form.getInputProps("name")} />
        <Textarea label={text.machines.descriptionLabel} maxLength={1000} autosize minRows={2} {...form.getInputProps("description")} />
        <NativeSelect
          label={text.members.role}
          description={text.members.roleMeans[form.values.role]}
          data={ROLES.map((role) => ({ value: role, label: text.roles[role] }))}
          {...form.getInputProps("role")}
        />
        <OwnerField current={owner} mayBeNobody={account !== null} {...form.getInputProps("owner_user_id")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" loading={pending}>
            {account ? text.save : text.machines.go}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
