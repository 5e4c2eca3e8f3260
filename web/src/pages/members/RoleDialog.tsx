import { Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { call } from "../../api/client";
import type { Member, Role } from "../../api/types";
import { useAction } from "../../components/actions";
import { useOrganization, useSession } from "../../shell/SessionGate";
import { text } from "../../text";

export function RoleDialog({ member, onClose }: { member: Member | null; onClose: () => void }) {
  return (
    <Modal opened={member !== null} onClose={onClose} title={text.members.roleOf(member?.email ?? "")} closeButtonProps={{ "aria-label": text.close }}>
      {member && <RoleForm member={member} onClose={onClose} />}
    </Modal>
  );
}

function RoleForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const organization = useOrganization();
  const { can } = useSession();
  const { run, pending } = useAction();
  const [role, setRole] = useState<Role>(member.role);
  const roles: Role[] = can.own ? ["member", "administrator", "owner"] : ["member", "administrator"];
  const save = async () => {
    const done = await run(() => call("PATCH", `${organization.path}/members/${member.user_id}`, { body: { role } }), {
      said: text.members.roleChanged(member.email, text.roles[role]),
    });
    if (done) onClose();
  };
  return (
    <Stack>
      <Radio.Group label={text.members.role} value={role} onChange={(value) => setRole(value as Role)}>
        <Stack gap="xs" mt="xs">
          {roles.map((one) => (
            <Radio key={one} value={one} label={text.roles[one]} description={text.members.roleMeans[one]} />
          ))}
        </Stack>
      </Radio.Group>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {text.cancel}
        </Button>
        <Button loading={pending} disabled={role === member.role} onClick={() => void save()}>
          {text.save}
        </Button>
      </Group>
    </Stack>
  );
}
