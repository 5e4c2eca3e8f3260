import { Button, Group, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { basePath, call } from "../../api/client";
import { reasonOf, useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { CopyButton } from "../../components/CopyButton";
import { text } from "../../text";

interface InviteAnswer {
  invite_url: string;
}

const absolute = ({ invite_url }: InviteAnswer) => new URL(basePath + invite_url, location.origin).href;

/** The organization's one link, as Label Studio has it: for anybody, as often as one likes. */
export function SharedLink() {
  const [link, setLink] = useState("");
  const [fault, setFault] = useState("");
  const { run, pending } = useAction();
  const confirm = useConfirm();
  useEffect(() => {
    const stop = new AbortController();
    call<InviteAnswer>("GET", "/api/invite", { signal: stop.signal })
      .then((answer) => setLink(absolute(answer)))
      .catch((error: unknown) => !stop.signal.aborted && setFault(reasonOf(error)));
    return () => stop.abort();
  }, []);
  const reset = async () => {
    if (!(await confirm({ title: text.invitations.resetLink, body: text.invitations.resetLinkBody, go: text.invitations.resetLink }))) return;
    const done = await run(() => call<InviteAnswer>("POST", "/api/invite/reset-token"), { said: text.invitations.linkReset });
    if (done) setLink(absolute(done.result));
  };
  return (
    <Paper withBorder p="lg" component="section" aria-label={text.invitations.sharedTitle}>
      <Stack>
        <Title order={2}>{text.invitations.sharedTitle}</Title>
        <Text c="dimmed">{text.invitations.shared}</Text>
        {fault && <Text c="red">{fault}</Text>}
        <PasswordInput
          label={text.invitations.sharedLabel}
          value={link}
          readOnly
          autoComplete="off"
          maw="46rem"
          visibilityToggleButtonProps={{ "aria-label": text.invitations.showLink, tabIndex: 0 }}
        />
        <Group>
          <CopyButton value={link} />
          <Button variant="default" loading={pending} onClick={() => void reset()}>
            {text.invitations.resetLink}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
