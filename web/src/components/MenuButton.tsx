import { type ComponentPropsWithRef, lazy, type ReactElement, type ReactNode, Suspense, useState } from "react";

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

const loadMenu = () => import("./OpenMenu");
const OpenMenu = lazy(loadMenu);

/** Fetches the menu's code while nobody waits for it. */
export function fetchMenu() {
  void loadMenu().catch(() => undefined); // whoever opens one asks again
}

/**
 * A button with a menu. Of a list of a thousand each row has one, and hardly any is ever opened: what it
 * takes to open one is made when it is first asked for.
 */
export function MenuButton(props: MenuButtonProps) {
  const [isWanted, setWanted] = useState(false);
  const closed = props.button({ "aria-haspopup": "menu", "aria-expanded": false, onClick: () => setWanted(true) });
  if (!isWanted) return closed;
  return (
    <Suspense fallback={closed}>
      <OpenMenu {...props} />
    </Suspense>
  );
}
