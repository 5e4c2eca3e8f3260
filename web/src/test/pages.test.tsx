import { screen, waitFor, within } from "@testing-library/react";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EVENT_NAMES } from "../pages/auditLog/events";
import { administrator, open, serve, Status } from "./app";

const ORGANIZATION = "/api/v1/organizations/7";
const settings = {
  api_tokens_enabled: true, legacy_api_tokens_enabled: true, api_keys_enabled: true, direct_pat_enabled: true,
  api_token_ttl_days: 90, max_tokens_per_user: 0, require_expiry: false, allowed_ips: [],
};

describe("Access Token Settings", () => {
  it("says how many tokens of how many people stop before a switch goes off", async () => {
    const asked = serve({
      "GET /api/v1/session": administrator,
      [`GET ${ORGANIZATION}/token-settings`]: settings,
      [`GET ${ORGANIZATION}/token-settings/impact`]: { pat: { tokens: 3, people: 2 }, legacy: { tokens: 1, people: 1 }, api_key: { tokens: 0, people: 0 } },
      [`PATCH ${ORGANIZATION}/token-settings`]: { ...settings, legacy_api_tokens_enabled: false, shortened_tokens: 4 },
    });
    const { user } = open("/organization/settings/access-tokens");
    await user.click(await screen.findByRole("switch", { name: /^Legacy Tokens/ }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    const dialog = await screen.findByRole("dialog", { name: "What stops working" });
    await within(dialog).findByText("Legacy Tokens: 1 live token of 1 person stops working.");
    expect(asked.some((one) => one.method === "PATCH")).toBe(false);
    await user.click(within(dialog).getByRole("button", { name: "Switch off" }));
    await screen.findByText("Saved. Tokens that now end sooner: 4.");
    expect(asked.find((one) => one.method === "PATCH")?.body).toEqual({ ...settings, legacy_api_tokens_enabled: false });
  });

  it("does not send what is out of range", async () => {
    const asked = serve({ "GET /api/v1/session": administrator, [`GET ${ORGANIZATION}/token-settings`]: settings });
    const { user } = open("/organization/settings/access-tokens");
    const field = await screen.findByRole("textbox", { name: /Time-to-Live/ });
    await user.clear(field);
    await user.type(field, "0");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await screen.findByText("A whole number from 1 to 73,000.");
    expect(asked.some((one) => one.method === "PATCH")).toBe(false);
  });
});

describe("Legacy Token", () => {
  it("is remembered by no cache", async () => {
    const on = { ...administrator, kinds: { ...administrator.kinds, legacy: true } };
    serve({ "GET /api/v1/session": on, "GET /api/v1/legacy-token": { token: "0123456789legacy", created_at: null, last_used_at: null, last_used_ip: null, last_used_user_agent: null } });
    const { client } = open("/account/legacy-token");
    const field = await screen.findByLabelText("Access Token");
    expect((field as HTMLInputElement).value).toBe("0123456789legacy");
    expect(JSON.stringify(client.getQueryCache().getAll().map((query) => query.state.data))).not.toContain("0123456789legacy");
  });
});

describe("Password", () => {
  it("wants the new one twice, and shows the server's words at the field", async () => {
    const asked = serve({ "POST /api/v1/account/password": new Status(400, { detail: "no", errors: { current_password: ["That is not it."] } }) });
    const { user } = open("/account/password");
    await user.type(await screen.findByLabelText(/Current password/), "old");
    await user.type(screen.getByLabelText(/^New password(?!, again)/), "a new password");
    await user.type(screen.getByLabelText(/again/), "another");
    await user.click(screen.getByRole("button", { name: "Change password" }));
    await screen.findByText("The two do not agree.");
    await user.clear(screen.getByLabelText(/again/));
    await user.type(screen.getByLabelText(/again/), "a new password");
    await user.click(screen.getByRole("button", { name: "Change password" }));
    await screen.findByText("That is not it.");
    expect(asked.find((one) => one.method === "POST")?.body).toEqual({ current_password: "old", new_password: "a new password" });
  });
});

describe("the audit log", () => {
  it("exports what the filter says, all of it", async () => {
    serve({ "GET /api/v1/session": administrator, [`GET ${ORGANIZATION}/audit-events`]: { items: [], next_cursor: null } });
    open("/organization/audit-log?event=token.created&cursor=abc");
    const link = await screen.findByRole("link", { name: "Export CSV" });
    expect(link.getAttribute("href")).toBe(`/base${ORGANIZATION}/audit-events?event=token.created&format=csv`);
  });

  it("knows every kind of event that the server notes", () => {
    const table = readFileSync(`${process.env.LATCHKEY_ROOT ?? ".."}/src/service/audit_kinds.def`, "utf8");
    const names = [...table.matchAll(/KIND\([A-Z_]+, *"([a-z_.]+)"/g)].map((found) => found[1]);
    expect([...EVENT_NAMES].sort()).toEqual(names.sort());
  });
});

describe("all tokens", () => {
  it("revokes those that are chosen", async () => {
    const of = (id: string, user: number) => ({
      id, name: id, kind: "pat", hint: null, user_id: user, user: { id: user, email: `u${user}@example.com`, name: "", is_service_account: false }, scopes: ["all"], allowed_ips: [],
      created_at: "2026-11-01T10:00:00Z", created_by: null, expires_at: null, last_used_at: null, last_used_ip: null, last_used_user_agent: null, state: "active",
      revoked_at: null, revoked_reason: null, rotated_from: null, replaced_by: null, grace_until: null,
    });
    const asked = serve({
      "GET /api/v1/session": administrator,
      [`GET ${ORGANIZATION}/tokens`]: { items: [of("a", 1), of("b", 2), of("c", 2)], next_cursor: null, total: 3 },
      [`POST ${ORGANIZATION}/tokens/revoke`]: { revoked: 2 },
    });
    const { user } = open("/organization/tokens");
    await user.click(await screen.findByRole("checkbox", { name: "Choose b of u2@example.com" }));
    await user.click(screen.getByRole("checkbox", { name: "Choose c of u2@example.com" }));
    await user.click(screen.getByRole("button", { name: "Revoke chosen (2)" }));
    const dialog = await screen.findByRole("dialog");
    expect(dialog.textContent).toContain("next request: 2, of so many people or machines: 1");
    await user.click(within(dialog).getByRole("button", { name: "Revoke" }));
    await screen.findByText("Tokens revoked: 2.");
    await waitFor(() => expect(asked.find((one) => one.method === "POST")?.body).toEqual({ ids: ["b", "c"] }));
  });
});
