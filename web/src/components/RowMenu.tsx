import { ActionIcon, Menu } from "@mantine/core";
import { text } from "../text";
import { Icon } from "./Icon";

/** By then the focus is back on the menu's button: what is opened now gives it back to that. */
const AFTER_CLOSING = 30; // ms

export interface RowAction {
  label: string;
  run: () => void;
  isDangerous?: boolean;
}

/** What can be done with one row. */
export function RowMenu({ of, actions }: { of: string; actions: RowAction[] }) {
  if (actions.length === 0) return null;
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={text.lists.actionsFor(of)}>
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map((action) => (
          <Menu.Item key={action.label} onClick={() => setTimeout(action.run, AFTER_CLOSING)} c={action.isDangerous ? "var(--mantine-color-error)" : undefined}>
            {action.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
