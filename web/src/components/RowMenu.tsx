import { ActionIcon } from "@mantine/core";
import { text } from "../text";
import { Icon } from "./Icon";
import { MenuButton } from "./MenuButton";

export interface RowAction {
  label: string;
  run: () => void;
  isDangerous?: boolean;
}

/** What can be done with one row. */
export function RowMenu({ of, actions }: { of: string; actions: RowAction[] }) {
  if (actions.length === 0) return null;
  return (
    <MenuButton
      entries={actions}
      button={(props) => (
        <ActionIcon variant="default" size="lg" aria-label={text.lists.actionsFor(of)} {...props}>
          <Icon name="dots" />
        </ActionIcon>
      )}
    />
  );
}
