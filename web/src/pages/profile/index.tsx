import { Button, Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "../../api/client";
import type { User } from "../../api/types";
import { applyFaults, useAction } from "../../components/actions";
import { PageFrame } from "../../components/PageFrame";
import { useSession } from "../../shell/SessionGate";
import { text } from "../../text";

export default function Profile() {
  const { user, organization } = useSession();
  const { run, pending } = useAction();
  const form = useForm({ initialValues: { first_name: user.first_name, last_name: user.last_name, phone: user.phone } });
  const submit = form.onSubmit(async (body) => {
    const done = await run(() => call<User>("PATCH", "/api/v1/account", { body }), { said: text.saved, onFault: (error) => applyFaults(form, error) });
    if (done) form.resetDirty();
  });
  return (
    <PageFrame title={text.nav.profile} description={text.profile.description}>
      <Paper withBorder p="lg" maw="34rem" component="form" onSubmit={submit}>
        <Stack>
          <TextInput label={text.profile.email} value={user.email} readOnly />
          <TextInput label={text.profile.firstName} maxLength={256} autoComplete="given-name" {...form.getInputProps("first_name")} />
          <TextInput label={text.profile.lastName} maxLength={256} autoComplete="family-name" {...form.getInputProps("last_name")} />
          <TextInput label={text.profile.phone} maxLength={256} autoComplete="tel" type="tel" {...form.getInputProps("phone")} />
          {organization && (
            <Text size="sm" c="dimmed" className="anywhere">
              {text.profile.organization(organization.title, text.roles[organization.role])}
            </Text>
          )}
          <Group>
            <Button type="submit" loading={pending}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </PageFrame>
  );
}
