import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type Location, MemoryRouter, useLocation } from "react-router-dom";
import { vi } from "vitest";
import { makeQueryClient } from "../api/queries";
import type { Session, Token } from "../api/types";
import { App } from "../App";
import { theme, variables } from "../theme";

export const session: Session = {
  user: { id: 1, email: "ann@example.com", username: "ann", first_name: "Ann", last_name: "", phone: "", avatar: null, is_service_account: false, must_change_password: false },
  organization: { id: 7, title: "Works", role: "member" },
  credential: "session",
  scopes: ["all"],
  can: { administer: false, own: false },
  kinds: { pat: true, legacy: false, api_key: true, direct_pat: true },
  limits: { api_token_ttl_days: 100, max_tokens_per_user: 0, require_expiry: false },
  csrf_token: "the-csrf-token",
  version: "0.1.0",
};
export const administrator: Session = { ...session, organization: { id: 7, title: "Works", role: "administrator" }, can: { administer: true, own: false } };

export const token: Token = {
  id: "t1", name: "laptop", kind: "pat", hint: null, user_id: 1, scopes: ["all"], allowed_ips: [], created_at: "2026-11-01T10:00:00.000000Z", created_by: null,
  expires_at: "2027-01-01T00:00:00.000000Z", last_used_at: null, last_used_ip: null, last_used_user_agent: null, requests_30d: Array.from({ length: 30 }, () => 2),
  state: "active", revoked_at: null, revoked_reason: null, rotated_from: null, replaced_by: null, grace_until: null,
};

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: Headers;
}
type Asker = (asked: Asked) => unknown;
type Answers = Record<string, unknown>;

export class Status {
  constructor(
    readonly status: number,
    readonly body?: unknown,
  ) {}
}

const USUAL: Answers = {
  "GET /api/v1/session": session,
  "GET /api/v1/scopes": { items: [{ name: "all", description: "", patterns: [] }, { name: "read", description: "", patterns: [] }], next_cursor: null },
  "GET /api/v1/tokens": { items: [token], next_cursor: null },
};

/** A server in place of fetch: "METHOD /path" and what it answers. Gives what was asked. */
export function serve(answers: Answers = {}): Asked[] {
  const all = { ...USUAL, ...answers };
  const asked: Asked[] = [];
  vi.stubGlobal(
    "fetch",
    vi.fn((address: string, init: RequestInit) => {
      const url = new URL(address, location.origin);
      const one: Asked = {
        method: init.method ?? "GET",
        path: url.pathname.replace(/^\/base/, ""),
        query: url.searchParams,
        body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
        headers: new Headers(init.headers),
      };
      asked.push(one);
      const answer = all[`${one.method} ${one.path}`];
      const made: unknown = typeof answer === "function" ? (answer as Asker)(one) : answer;
      if (made === undefined) return Promise.resolve(new Response(null, { status: 204 }));
      const status = made instanceof Status ? made : new Status(200, made);
      return Promise.resolve(new Response(JSON.stringify(status.body ?? null), { status: status.status }));
    }),
  );
  return asked;
}

/** The application at an address. */
export function open(path: string): { user: ReturnType<typeof userEvent.setup>; client: QueryClient; router: { state: { location: Location } } } {
  const router = {} as { state: { location: Location } };
  function Watched() {
    router.state = { location: useLocation() };
    return null;
  }
  const client = makeQueryClient();
  render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} env="test">
      <QueryClientProvider client={client}>
        <Notifications />
        <MemoryRouter initialEntries={[path]} future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
          <App />
          <Watched />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { user: userEvent.setup(), client, router };
}
