import { type CSSVariablesResolver, createTheme } from "@mantine/core";
import { text } from "./text";

const SHADE = 8; // white on it, and it on a tinted ground, are easy to read (WCAG AA)

export const theme = createTheme({
  primaryColor: "indigo",
  primaryShade: SHADE,
  defaultRadius: "md",
  fontFamily: "system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, monospace",
  headings: { sizes: { h1: { fontSize: "1.6rem" }, h2: { fontSize: "1.2rem" }, h3: { fontSize: "1rem" } } },
  components: {
    // its heading is a <header>, which is no banner of the page's
    Modal: { defaultProps: { attributes: { header: { role: "presentation" } }, centered: true, transitionProps: { duration: 0 }, overlayProps: { backgroundOpacity: 0.55 } } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": text.close } } },
    Menu: { defaultProps: { transitionProps: { duration: 0 }, position: "bottom-end", shadow: "md", returnFocus: true, withInitialFocusPlaceholder: false, portalProps: { target: "#main" } } },
    Tooltip: { defaultProps: { withinPortal: true } },
  },
});

/** Mantine's quiet and faulty texts are too faint for small letters. */
export const variables: CSSVariablesResolver = (of) => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": of.colors.gray[7],
    "--mantine-color-placeholder": of.colors.gray[7],
    "--mantine-color-error": of.colors.red[9],
    "--mantine-color-default-border": of.colors.gray[5],
    "--latchkey-ground": of.colors.gray[0],
    "--latchkey-line": of.colors.gray[3],
    "--latchkey-good": "#1f6b2f",
    "--latchkey-warn": "#a14a00",
    "--latchkey-bad": of.colors.red[9],
    "--latchkey-pat": of.colors.indigo[7],
    "--latchkey-api-key": of.colors.teal[7],
    "--latchkey-legacy": of.colors.orange[7],
  },
  dark: {
    "--mantine-color-dimmed": of.colors.dark[1],
    "--mantine-color-placeholder": of.colors.dark[1],
    "--mantine-color-error": of.colors.red[3],
    "--latchkey-ground": of.colors.dark[8],
    "--latchkey-line": of.colors.dark[4],
    "--latchkey-good": of.colors.green[4],
    "--latchkey-warn": of.colors.orange[4],
    "--latchkey-bad": of.colors.red[4],
    "--latchkey-pat": of.colors.indigo[4],
    "--latchkey-api-key": of.colors.teal[4],
    "--latchkey-legacy": of.colors.orange[4],
  },
});
