import { Menu } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router-dom";
import type { MenuButtonProps, MenuEntry } from "./MenuButton";

/** By then the focus is back on the menu's button: what is opened now gives it back to that. */
const AFTER_CLOSING = 30; // ms

const colour = (entry: MenuEntry) => (entry.isDangerous ? "var(--mantine-color-error)" : undefined);

/** The menu with its button, in place of the button that stood there and was pressed. */
export default function OpenMenu({ label, entries, button }: MenuButtonProps) {
  const target = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    target.current?.focus({ preventScroll: true }); // where the focus goes back to when it closes
    setOpen(true);
  }, []);
  return (
    <Menu opened={isOpen} onChange={setOpen}>
      <Menu.Target>{button({ ref: target })}</Menu.Target>
      <Menu.Dropdown>
        {label && <Menu.Label className="anywhere">{label}</Menu.Label>}
        {entries.map((entry) =>
          entry.to === undefined ? (
            <Menu.Item key={entry.label} onClick={() => setTimeout(() => entry.run?.(), AFTER_CLOSING)} c={colour(entry)}>
              {entry.label}
            </Menu.Item>
          ) : (
            <Menu.Item key={entry.label} component={Link} to={entry.to}>
              {entry.label}
            </Menu.Item>
          ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
