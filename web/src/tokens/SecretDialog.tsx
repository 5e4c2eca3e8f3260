import { Alert, Button, Group, Modal, Stack, Tabs, Text } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { CopyButton } from "../components/CopyButton";
import { Icon } from "../components/Icon";
import { text } from "../text";
import type { Snippet } from "./snippets";

interface SecretDialogProps {
  title: string;
  /** Null: closed, and the secret is nowhere on the page. */
  secret: string | null;
  snippets?: Snippet[];
  note?: ReactNode;
  onStored: () => void;
}

/** By then the dialog before has given the focus back to where it was opened. */
const AFTER_THE_OTHER = 60; // ms

/** Takes the focus into the dialog, and gives it back when it closes. */
function useFocus(isOpen: boolean) {
  const target = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    let before: Element | null = null;
    const timer = setTimeout(() => {
      before = document.activeElement;
      target.current?.focus();
    }, AFTER_THE_OTHER);
    return () => {
      clearTimeout(timer);
      if (before instanceof HTMLElement) setTimeout((element: HTMLElement) => element.focus(), 0, before);
    };
  }, [isOpen]);
  return target;
}

/** Shows a secret the one time that there is. Only its button closes it, so that nobody loses it by a slip. */
export function SecretDialog({ title, secret, snippets = [], note, onStored }: SecretDialogProps) {
  const first = useFocus(secret !== null);
  useEffect(() => {
    if (secret === null) return;
    const forget = () => flushSync(onStored); // a page kept for the way back is not kept with a secret on it
    addEventListener("pagehide", forget);
    return () => removeEventListener("pagehide", forget);
  }, [secret, onStored]);
  return (
    <Modal
      opened={secret !== null}
      onClose={() => undefined}
      closeOnEscape={false}
      closeOnClickOutside={false}
      withCloseButton={false}
      returnFocus={false}
      title={title}
      size="xl"
    >
      {secret !== null && (
        <Stack>
          <Alert color="orange" variant="outline" icon={<Icon name="warning" />} title={text.secret.once}>
            {note ?? text.secret.why}
          </Alert>
          <code className="secret" data-testid="secret" ref={first} tabIndex={-1}>
            {secret}
          </code>
          <Group>
            <CopyButton value={secret} variant="filled" />
          </Group>
          {snippets.length > 0 && <Snippets snippets={snippets} />}
          <Group justify="flex-end">
            <Button onClick={onStored}>{text.secret.stored}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function Snippets({ snippets }: { snippets: Snippet[] }) {
  return (
    <div>
      <Text fw={600} mb="xs">
        {text.snippets.title}
      </Text>
      <Tabs defaultValue="0">
        <Tabs.List>
          {snippets.map(({ name }, at) => (
            <Tabs.Tab key={name} value={String(at)}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(({ name, code }, at) => (
          <Tabs.Panel key={name} value={String(at)} pt="xs">
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard */}
            <pre className="snippet" tabIndex={0} role="region" aria-label={name}>
              {code}
            </pre>
            <CopyButton value={code} label={text.snippets.copy} size="xs" />
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}
