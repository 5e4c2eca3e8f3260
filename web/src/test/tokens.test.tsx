import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Token } from "../api/types";
import { type Asked, open, serve, session, Status, token } from "./app";

const PAGE = "/account/personal-access-tokens";
const SECRET = "aaaa.bbbb.cccc-secret";

async function create(user: ReturnType<typeof open>["user"], name: string) {
  await user.click(await screen.findByRole("button", { name: "Create New Token" }));
  await user.type(await screen.findByRole("textbox", { name: /Name/ }), name);
  await user.click(screen.getByRole("button", { name: "Create" }));
}

describe("a new token", () => {
  it("is ordered with what the form says, and the CSRF token", async () => {
    const asked = serve({ "POST /api/v1/tokens": { ...token, name: "ci", token: SECRET } });
    const { user } = open(PAGE);
    await create(user, " ci ");
    await screen.findByTestId("secret");
    const order = asked.find((one) => one.method === "POST");
    expect(order?.body).toEqual({ name: "ci", kind: "pat", ttl_days: 90, scopes: ["all"], allowed_ips: [] });
    expect(order?.headers.get("X-CSRFToken")).toBe("the-csrf-token");
  });

  it("is shown once, with examples that hold it, and is nowhere afterwards", async () => {
    serve({ "POST /api/v1/tokens": { ...token, token: SECRET } });
    const { user, client, router } = open(PAGE);
    await create(user, "ci");
    const dialog = await screen.findByRole("dialog", { name: "New Auth Token" });
    expect(within(dialog).getByTestId("secret").textContent).toBe(SECRET);
    expect(dialog.querySelector("pre")?.textContent).toContain(`base_url="${location.origin}/base", api_key="${SECRET}"`);
    await user.keyboard("{Escape}");
    expect(screen.getByTestId("secret")).toBeTruthy();
    await user.click(within(dialog).getByRole("button", { name: "I have stored it" }));
    await waitFor(() => expect(screen.queryByTestId("secret")).toBeNull());
    const kept = [
      document.documentElement.outerHTML,
      JSON.stringify(client.getQueryCache().getAll().map((query) => query.state.data)),
      JSON.stringify(client.getMutationCache().getAll().map((mutation) => mutation.state)),
      JSON.stringify(router.state.location),
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
    ];
    for (const place of kept) expect(place).not.toContain("cccc-secret");
  });

  it("is gone when the page is left", async () => {
    serve({ "POST /api/v1/tokens": { ...token, token: SECRET } });
    const { user } = open(PAGE);
    await create(user, "ci");
    await screen.findByTestId("secret");
    dispatchEvent(new Event("pagehide"));
    await waitFor(() => expect(screen.queryByTestId("secret")).toBeNull());
  });

  it("has the server's words beside the field they are about", async () => {
    serve({ "POST /api/v1/tokens": new Status(400, { detail: "Validation error", errors: { name: ["That name is taken."] } }) });
    const { user } = open(PAGE);
    await create(user, "ci");
    expect((await screen.findByText("That name is taken.")).id).toMatch(/error/);
    expect(screen.getByRole("dialog", { name: "Create New Token" })).toBeTruthy();
  });

  it("may not end later than the organization allows", async () => {
    serve({ "GET /api/v1/session": { ...session, limits: { ...session.limits, api_token_ttl_days: 30, require_expiry: true } } });
    const { user } = open(PAGE);
    await user.click(await screen.findByRole("button", { name: "Create New Token" }));
    const choices = within(await screen.findByRole("combobox", { name: /Expires/ })).getAllByRole("option");
    expect(choices.map((option) => option.textContent)).toEqual(["in 7 days", "on a day of my choice"]);
  });
});

describe("the list", () => {
  it("asks the server to filter and sort, and keeps that in the address", async () => {
    const asked = serve();
    const { user, router } = open(PAGE);
    await user.click(await screen.findByRole("button", { name: "Last used" }));
    await user.type(screen.getByRole("searchbox", { name: "Search by name" }), "lap");
    await waitFor(() => expect(router.state.location.search).toBe("?sort=last_used_at&q=lap"));
    await waitFor(() => {
      const last = asked.filter((one) => one.path === "/api/v1/tokens").at(-1);
      expect(Object.fromEntries(last?.query ?? [])).toEqual({ kind: "pat", state: "active", sort: "last_used_at", q: "lap", include: "usage", limit: "50" });
    });
  });

  it("pages forth and back", async () => {
    serve({ "GET /api/v1/tokens": ({ query }: { query: URLSearchParams }) => ({ items: [{ ...token, name: query.get("cursor") ?? "first" }], next_cursor: query.get("cursor") === "two" ? null : "two" }) });
    const { user } = open(PAGE);
    await screen.findByText("first");
    await user.click(screen.getByRole("button", { name: "Next" }));
    await screen.findByText("two");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Next" }).disabled).toBe(true);
    await user.click(screen.getByRole("button", { name: "Previous" }));
    await screen.findByText("first");
  });

  it("says what to do where there is nothing", async () => {
    serve({ "GET /api/v1/tokens": { items: [], next_cursor: null } });
    open(PAGE);
    await screen.findByText(/You have no token here yet/);
  });

  it("offers to show all where the filter fits nothing", async () => {
    serve({ "GET /api/v1/tokens": { items: [], next_cursor: null } });
    const { user, router } = open(`${PAGE}?q=zzz`);
    await user.click(await screen.findByRole("button", { name: "Show all" }));
    expect(router.state.location.search).toBe("");
  });

  it("can be asked again after a fault", async () => {
    let calls = 0;
    const none = { items: [], next_cursor: null };
    serve({ "GET /api/v1/tokens": ({ query }: Asked) => (query.get("state") === "ended" ? none : ++calls < 3 ? new Status(503, { detail: "The database cannot be reached." }) : { items: [token], next_cursor: null }) });
    const { user } = open(PAGE);
    await user.click(await screen.findByRole("button", { name: "Try again" }, { timeout: 3_000 }));
    await screen.findByText("laptop");
  });
});

describe("tokens that were ended for safety", () => {
  const ended = (name: string, days: number, revoked_reason: Token["revoked_reason"]): Token => ({
    ...token, id: name, name, state: "revoked", revoked_reason, revoked_at: new Date(Date.now() - days * 86_400_000).toISOString(),
  });

  it("are told of for 30 days, until they were seen in this browser", async () => {
    const items = [ended("ci", 1, "reuse"), ended("shared", 3, "leaked"), ended("older", 31, "reuse"), ended("own", 1, "owner")];
    serve({ "GET /api/v1/tokens": ({ query }: Asked) => ({ items: query.get("state") === "ended" ? items : [token], next_cursor: null }) });
    const { user } = open(PAGE);
    const told = await screen.findByRole("alert", { name: "Tokens were ended for your safety" });
    expect(told.textContent).toMatch(/“ci” was ended on .*used after it had been replaced/);
    expect(told.textContent).toMatch(/“shared” was ended on .*reported as leaked/);
    expect(told.textContent).not.toContain("older");
    expect(told.textContent).not.toContain("own”");
    await user.click(screen.getByRole("button", { name: "I have seen it" }));
    expect(screen.queryByRole("alert", { name: "Tokens were ended for your safety" })).toBeNull();
    expect(JSON.stringify(Object.entries(localStorage))).not.toContain("ci");
    items.push(ended("newer", 0, "reuse"));
    cleanup();
    open(PAGE);
    const again = await screen.findByRole("alert", { name: "Tokens were ended for your safety" });
    expect(again.textContent).toContain("newer");
    expect(again.textContent).not.toContain("“ci”");
  });
});

describe("revoking", () => {
  it("says what will stop, and does nothing without a yes", async () => {
    const used = { ...token, last_used_at: "2026-11-20T10:00:00.000000Z", last_used_ip: "192.0.2.7", last_used_user_agent: "curl/7.88" };
    const asked = serve({ "GET /api/v1/tokens": { items: [used], next_cursor: null } });
    const { user } = open(PAGE);
    const start = async () => {
      await user.click(await screen.findByRole("button", { name: "Actions for laptop" }));
      await user.click(await screen.findByRole("menuitem", { name: "Revoke" }));
      return screen.findByRole("dialog", { name: "Revoke token" });
    };
    const dialog = await start();
    expect(dialog.textContent).toContain("192.0.2.7");
    expect(dialog.textContent).toContain("60 requests in the last 30 days");
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    expect(asked.filter((one) => one.method === "DELETE")).toEqual([]);
    await user.click(within(await start()).getByRole("button", { name: "Revoke" }));
    await screen.findByText("“laptop” is revoked.");
    expect(asked.filter((one) => one.method === "DELETE").map((one) => one.path)).toEqual(["/api/v1/tokens/t1"]);
  });
});
