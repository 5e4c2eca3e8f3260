import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { ApiError } from "../api/client";
import { text } from "../text";

export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return text.errors.unexpected;
  if (error.status === 0) return text.errors.unreachable;
  const fields = Object.values(error.errors).flat();
  return fields.length > 0 ? fields.join(" ") : error.message;
}

export function tell(message: string) {
  notifications.show({ message, color: "green", autoClose: 5_000 });
}

export function tellFault(error: unknown) {
  if (error instanceof ApiError && error.status === 401) return; // on the way to the sign-in
  notifications.show({ title: text.errors.title, message: reasonOf(error), color: "red", autoClose: 12_000 });
}

interface FormLike {
  values: object;
  setErrors: (errors: Record<string, string>) => void;
}

/** Puts the server's words beside the fields they are about; what belongs to none is told aside. */
export function applyFaults(form: FormLike, error: unknown) {
  if (!(error instanceof ApiError)) { tellFault(error); return; }
  const own = Object.entries(error.errors).filter(([field]) => field in form.values);
  form.setErrors(Object.fromEntries(own.map(([field, texts]) => [field, texts.join(" ")])));
  if (own.length === 0 || own.length < Object.keys(error.errors).length) tellFault(error);
}

interface ActionOptions<T> {
  /** What to tell once it is done. */
  said?: string | ((result: T) => string);
  onFault?: (error: unknown) => void;
}

/**
 * Runs what changes something, tells its outcome, and has every list asked anew. The answer goes to
 * the caller alone: a secret in it is remembered nowhere (TanStack's mutations would keep it).
 */
export function useAction() {
  const client = useQueryClient();
  const [pending, setPending] = useState(false);
  const run = useCallback(
    async <T>(work: () => Promise<T>, { said, onFault = tellFault }: ActionOptions<T> = {}): Promise<{ result: T } | null> => {
      setPending(true);
      try {
        const result = await work();
        void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "scopes" });
        if (said) tell(typeof said === "string" ? said : said(result));
        return { result };
      } catch (error) {
        onFault(error);
        return null;
      } finally {
        setPending(false);
      }
    },
    [client],
  );
  return { run, pending };
}
