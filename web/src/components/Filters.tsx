import { Group, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { type ReactNode, useEffect, useState } from "react";
import { text } from "../text";
import type { ListState } from "./listState";

export function Filters({ children }: { children: ReactNode }) {
  return (
    <Group role="search" gap="sm" align="flex-end" aria-label={text.lists.filter}>
      {children}
    </Group>
  );
}

/** What is typed is asked for once the typing pauses. */
export function SearchFilter({ state, label }: { state: ListState; label: string }) {
  const asked = state.get("q");
  const [typed, setTyped] = useState(asked);
  useEffect(() => setTyped(asked), [asked]);
  const ask = useDebouncedCallback((q: string) => state.set({ q }), 250);
  return (
    <TextInput
      label={label}
      type="search"
      value={typed}
      maxLength={100}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        ask(event.currentTarget.value);
      }}
      flex="1 1 12rem"
      maw="22rem"
    />
  );
}

interface SelectFilterProps {
  state: ListState;
  name: string;
  label: string;
  options: [string, string][];
}

export function SelectFilter({ state, name, label, options }: SelectFilterProps) {
  return (
    <NativeSelect
      label={label}
      value={state.get(name)}
      data={options.map(([value, words]) => ({ value, label: words }))}
      onChange={(event) => state.set({ [name]: event.currentTarget.value })}
    />
  );
}

export function DateFilter({ state, name, label }: { state: ListState; name: string; label: string }) {
  return <TextInput type="date" label={label} value={state.get(name)} onChange={(event) => state.set({ [name]: event.currentTarget.value })} />;
}
