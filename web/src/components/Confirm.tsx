import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { text } from "../text";

export interface Question {
  title: string;
  body: ReactNode;
  /** What the button that goes ahead says. */
  go: string;
  isDangerous?: boolean;
}

type Ask = (question: Question) => Promise<boolean>;
const ConfirmContext = createContext<Ask>(() => Promise.resolve(false));
export const useConfirm = () => useContext(ConfirmContext);

interface Open {
  question: Question;
  answer: (yes: boolean) => void;
}

/** Asks "really?" in a dialog, for all pages. */
export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const ask = useCallback<Ask>((question) => new Promise((answer) => setOpen({ question, answer })), []);
  const close = (yes: boolean) => {
    open?.answer(yes);
    setOpen(null);
  };
  const value = useMemo(() => ask, [ask]);
  return (
    <ConfirmContext.Provider value={value}>
      {children}
      <Modal opened={open !== null} onClose={() => close(false)} title={open?.question.title} closeButtonProps={{ "aria-label": text.close }}>
        {open && (
          <Stack>
            <Text component="div">{open.question.body}</Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={() => close(false)} data-autofocus>
                {text.cancel}
              </Button>
              <Button color={open.question.isDangerous === false ? undefined : "red.9"} onClick={() => close(true)}>
                {open.question.go}
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </ConfirmContext.Provider>
  );
}
