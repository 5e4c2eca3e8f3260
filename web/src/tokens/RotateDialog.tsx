import { Button, Group, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { call } from "../api/client";
import type { IssuedToken, Token } from "../api/types";
import { useAction } from "../components/actions";
import { text } from "../text";
import { rotationPath } from "./places";

const GRACES: [string, string][] = [
  ["60", text.rotate.minute],
  ["3600", text.rotate.hour],
  ["86400", text.rotate.day],
  ["0", text.rotate.none],
];

interface RotateDialogProps {
  token: Token | null;
  onClose: () => void;
  onRotated: (token: IssuedToken) => void;
}

/** A successor with a secret of its own; the old one lives on for as long as one needs to change over. */
export function RotateDialog({ token, onClose, onRotated }: RotateDialogProps) {
  return (
    <Modal opened={token !== null} onClose={onClose} title={text.rotate.title} closeButtonProps={{ "aria-label": text.close }}>
      {token && <RotateForm token={token} onClose={onClose} onRotated={onRotated} />}
    </Modal>
  );
}

function RotateForm({ token, onClose, onRotated }: RotateDialogProps & { token: Token }) {
  const { run, pending } = useAction();
  const [grace, setGrace] = useState("3600");
  const rotate = async () => {
    const body = { grace_seconds: Number(grace) };
    const done = await run(() => call<IssuedToken>("POST", rotationPath(token.id), { body }), { said: text.rotate.done(token.name) });
    if (done) onRotated(done.result);
  };
  return (
    <Stack>
      <Text>{text.rotate.what(token.name)}</Text>
      <NativeSelect
        label={text.rotate.grace}
        description={text.rotate.graceHint}
        data={GRACES.map(([value, label]) => ({ value, label }))}
        value={grace}
        onChange={(event) => setGrace(event.currentTarget.value)}
        data-autofocus
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {text.cancel}
        </Button>
        <Button loading={pending} onClick={() => void rotate()}>
          {text.rotate.go}
        </Button>
      </Group>
    </Stack>
  );
}
