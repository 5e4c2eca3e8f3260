import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { text } from "../text";
import type { Question } from "./Confirm";

interface ConfirmDialogProps {
  /** Null: closed. */
  question: Question | null;
  onAnswer: (yes: boolean) => void;
}

export function ConfirmDialog({ question, onAnswer }: ConfirmDialogProps) {
  return (
    <Modal opened={question !== null} onClose={() => onAnswer(false)} title={question?.title} closeButtonProps={{ "aria-label": text.close }}>
      {question && (
        <Stack>
          <Text component="div">{question.body}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => onAnswer(false)} data-autofocus>
              {text.cancel}
            </Button>
            <Button color={question.isDangerous === false ? undefined : "red.9"} onClick={() => onAnswer(true)}>
              {question.go}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
