import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { call } from "../../api/client";
import { applyFaults, useAction } from "../../components/actions";
import { text } from "../../text";

/** Renames the organization. */
export function TitleButton({ path, title }: { path: string; title: string }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" onClick={open}>
        {text.overview.rename}
      </Button>
      <Modal opened={isOpen} onClose={close} title={text.overview.rename} closeButtonProps={{ "aria-label": text.close }}>
        {isOpen && <TitleForm path={path} title={title} onClose={close} />}
      </Modal>
    </>
  );
}

function TitleForm({ path, title, onClose }: { path: string; title: string; onClose: () => void }) {
  const { run, pending } = useAction();
  const form = useForm({ initialValues: { title }, validate: { title: (value) => (value.trim() ? null : text.overview.titleMissing) } });
  const submit = form.onSubmit(async (values) => {
    const body = { title: values.title.trim() };
    const done = await run(() => call("PATCH", path, { body }), { said: text.saved, onFault: (error) => applyFaults(form, error) });
    if (done) onClose();
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput label={text.tokens.name} maxLength={1000} required data-autofocus {...form.getInputProps("title")} />
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
