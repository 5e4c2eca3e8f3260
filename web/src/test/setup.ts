import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

configure({ asyncUtilTimeout: 5_000 });

// What Mantine asks a browser for and jsdom does not have.
Object.defineProperty(window, "matchMedia", {
  value: (query: string) => ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined, addListener: () => undefined, removeListener: () => undefined }),
});
class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal("ResizeObserver", NoObserver);
Element.prototype.scrollIntoView = () => undefined;

beforeEach(() => {
  history.replaceState(null, "", "/base/");
});
afterEach(() => {
  cleanup();
  localStorage.clear();
});
