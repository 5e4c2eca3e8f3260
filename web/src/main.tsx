import "./mantine";
import "./latchkey.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";
import { basePath } from "./api/client";
import { makeQueryClient } from "./api/queries";
import { App } from "./App";
import { later } from "./components/later";
import { theme, variables } from "./theme";

/** What is told before it is there is kept for it. */
const Toasts = later(async () => (await import("@mantine/notifications")).Notifications, {});

/** Draws the application. */
export function start() {
  const root = document.getElementById("root");
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
        <QueryClientProvider client={makeQueryClient()}>
          <Toasts position="bottom-right" limit={4} />
          <BrowserRouter basename={basePath || "/"} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
            <App />
          </BrowserRouter>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
