import { Alert, Button, Group, Paper, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router-dom";
import { call } from "../../api/client";
import { applyFaults, useAction } from "../../components/actions";
import { Icon } from "../../components/Icon";
import { PageFrame } from "../../components/PageFrame";
import { useSession } from "../../shell/SessionGate";
import { text } from "../../text";

const SHORTEST = 8;
const LONGEST = 128;

export default function Password() {
  const { user } = useSession();
  const { run, pending } = useAction();
  const navigate = useNavigate();
  const client = useQueryClient();
  const mustChange = user.must_change_password;
  const form = useForm({
    initialValues: { current_password: "", new_password: "", again: "" },
    validate: {
      current_password: (value) => (value ? null : text.password.missing),
      new_password: (value) => (value.length >= SHORTEST && value.length <= LONGEST ? null : text.password.length(SHORTEST, LONGEST)),
      again: (value, values) => (value === values.new_password ? null : text.password.differs),
    },
  });
  const submit = form.onSubmit(async ({ current_password, new_password }) => {
    const body = { current_password, new_password };
    const done = await run(() => call("POST", "/api/v1/account/password", { body }), {
      said: text.password.done,
      onFault: (error) => applyFaults(form, error),
    });
    if (!done) return;
    form.reset();
    if (!mustChange) return;
    await client.refetchQueries({ queryKey: ["session"] }); // or the way out would lead back here
    navigate("/");
  });
  return (
    <PageFrame title={text.nav.password} description={text.password.description}>
      {mustChange && (
        <Alert color="orange" variant="outline" maw="34rem" icon={<Icon name="warning" />} title={text.password.mustTitle}>
          {text.password.must}
        </Alert>
      )}
      <Paper withBorder p="lg" maw="34rem" component="form" onSubmit={submit} noValidate>
        <Stack>
          <input name="username" autoComplete="username" value={user.email} readOnly hidden />
          <PasswordInput label={text.password.current} autoComplete="current-password" required {...form.getInputProps("current_password")} />
          <PasswordInput label={text.password.new} autoComplete="new-password" required {...form.getInputProps("new_password")} />
          <PasswordInput label={text.password.again} autoComplete="new-password" required {...form.getInputProps("again")} />
          <Group>
            <Button type="submit" loading={pending}>
              {text.password.go}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </PageFrame>
  );
}
