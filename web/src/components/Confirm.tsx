import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { later } from "./later";

export interface Question {
  title: string;
  body: ReactNode;
  /** What the button that goes ahead says. */
  go: string;
  isDangerous?: boolean;
}

const ConfirmDialog = later(async () => (await import("./ConfirmDialog")).ConfirmDialog, { question: null });

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
      <ConfirmDialog question={open?.question ?? null} onAnswer={close} />
    </ConfirmContext.Provider>
  );
}
