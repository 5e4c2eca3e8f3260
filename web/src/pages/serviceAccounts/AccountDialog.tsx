import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../../api/client";
import type { Role, ServiceAccount } from "../../api/types";
import { applyFaults, useAction } from "../../components/actions";
import { useOrganization, useSession } from "../../shell/SessionGate";
import { text } from "../../text";

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
  const { can } = useSession();
  const { run, pending } = useAction();
  const path = `${organization.path}/service-accounts`;
  const form = useForm({
    initialValues: { name: account?.name ?? "", description: account?.description ?? "", role: account?.role ?? ("member") },
    validate: { name: (name) => (name.trim() ? null : text.machines.nameMissing) },
  });
  const roles: Role[] = can.own ? ["member", "administrator", "owner"] : ["member", "administrator"];
  const submit = form.onSubmit(async (values) => {
    const body = { ...values, name: values.name.trim() };
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
          data={roles.map((role) => ({ value: role, label: text.roles[role] }))}
          {...form.getInputProps("role")}
        />
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
