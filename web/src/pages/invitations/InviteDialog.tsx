import { Button, Group, Modal, NativeSelect, NumberInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../../api/client";
import type { NewInvitation, Role } from "../../api/types";
import { applyFaults, useAction } from "../../components/actions";
import { useSession } from "../../shell/SessionGate";
import { text } from "../../text";

interface InviteDialogProps {
  path: string;
  opened: boolean;
  onClose: () => void;
  onCreated: (invitation: NewInvitation) => void;
}

export function InviteDialog(props: InviteDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={text.invitations.create} closeButtonProps={{ "aria-label": text.close }}>
      {props.opened && <InviteForm {...props} />}
    </Modal>
  );
}

function InviteForm({ path, onClose, onCreated }: InviteDialogProps) {
  const { can } = useSession();
  const { run, pending } = useAction();
  const form = useForm({ initialValues: { email: "", role: "member" as Role, ttl_days: 7 as number | string } });
  const roles: Role[] = can.own ? ["member", "administrator", "owner"] : ["member", "administrator"];
  const submit = form.onSubmit(async ({ email, role, ttl_days }) => {
    const body = { ...(email.trim() ? { email: email.trim() } : {}), role, ttl_days: Number(ttl_days) };
    const done = await run(() => call<NewInvitation>("POST", path, { body }), { onFault: (error) => applyFaults(form, error) });
    if (done) onCreated(done.result);
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput type="email" label={text.invitations.email} description={text.invitations.emailHint} data-autofocus {...form.getInputProps("email")} />
        <NativeSelect label={text.members.role} data={roles.map((role) => ({ value: role, label: text.roles[role] }))} {...form.getInputProps("role")} />
        <NumberInput label={text.invitations.days} min={1} max={365} allowDecimal={false} {...form.getInputProps("ttl_days")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" loading={pending}>
            {text.invitations.go}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
