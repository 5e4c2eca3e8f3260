import { Button, Group, Paper, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { text } from "../../text";

export function CodeForm({ onCode }: { onCode: (code: string) => void }) {
  const form = useForm({ initialValues: { code: "" }, validate: { code: (code) => (code.trim() ? null : text.device.codeMissing) } });
  return (
    <Paper withBorder p="lg" maw="26rem" component="form" noValidate onSubmit={form.onSubmit(({ code }) => onCode(code.trim().toUpperCase()))}>
      <Stack>
        <TextInput label={text.device.code} placeholder="XXXX-XXXX" autoComplete="off" autoCapitalize="characters" maxLength={32} required {...form.getInputProps("code")} />
        <Group>
          <Button type="submit">{text.device.next}</Button>
        </Group>
      </Stack>
    </Paper>
  );
}
