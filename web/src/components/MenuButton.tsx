import { type ComponentPropsWithRef, type ComponentType, type ReactElement, type ReactNode, useEffect, useState } from "react";
import { fetchIdly } from "./later";

export interface MenuEntry {
  label: string;
  run?: () => void;
  /** An address within the application, in place of `run`. */
  to?: string;
  isDangerous?: boolean;
}

type ButtonProps = ComponentPropsWithRef<"button">;

export interface MenuButtonProps {
  label?: ReactNode;
  entries: MenuEntry[];
  /** The button, with what makes it open the menu. */
  button: (props: ButtonProps) => ReactElement<ButtonProps>;
}

let OpenMenu: ComponentType<MenuButtonProps> | null = null;
async function loadMenu() {
  OpenMenu = (await import("./OpenMenu")).default;
}

/**
 * A button with a menu. Of a list of a thousand each row has one, and hardly any is ever opened: what it
 * takes to open one is made when it is first asked for.
 */
export function MenuButton(props: MenuButtonProps) {
  const [isWanted, setWanted] = useState(false);
  const [isThere, setThere] = useState(OpenMenu !== null);
  useEffect(() => (isThere ? undefined : fetchIdly(loadMenu, () => setThere(true))), [isThere]);
  if (isWanted && isThere && OpenMenu) return <OpenMenu {...props} />;
  return props.button({ "aria-haspopup": "menu", "aria-expanded": false, onClick: () => setWanted(true) });
}
