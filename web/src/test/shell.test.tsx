import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { way } from "../api/client";
import { administrator, open, serve, session, Status } from "./app";

const links = async () => within(await screen.findByRole("navigation", { name: "Pages" })).getAllByRole("link").map((link) => link.textContent);

describe("the frame", () => {
  it("leads from the start to the first kind of token that is on", async () => {
    serve({ "GET /api/v1/session": { ...session, kinds: { ...session.kinds, pat: false } } });
    const { router } = open("/");
    await waitFor(() => expect(router.state.location.pathname).toBe("/account/api-keys"));
  });

  it("shows a member the pages of a member, and of the kinds that are on", async () => {
    serve();
    open("/account/profile");
    expect(await links()).toEqual(["Personal Info", "Password", "Sessions", "Personal Access Token", "API Keys"]);
  });

  it("shows an administrator the organization's too", async () => {
    serve({ "GET /api/v1/session": administrator });
    open("/account/profile");
    expect(await links()).toContain("Access Token Settings");
  });

  it("says at the address of a kind that it is off", async () => {
    serve();
    open("/account/legacy-token");
    await screen.findByText(/switched this kind of token off/);
  });

  it("says at an administrators' address whose it is", async () => {
    const asked = serve();
    open("/organization/audit-log");
    await screen.findByRole("heading", { name: "For administrators" });
    expect(asked.every((one) => !one.path.includes("audit"))).toBe(true);
  });

  it("knows what it does not know", async () => {
    serve();
    open("/account/nothing");
    await screen.findByRole("heading", { name: "There is nothing here" });
  });

  it("has the user's button named by the e-mail", async () => {
    serve();
    const { user } = open("/account/profile");
    await user.click(await screen.findByRole("button", { name: "ann@example.com" }));
    await screen.findByRole("menuitem", { name: "Account & Settings" });
  });

  it("lets nobody past a generated password", async () => {
    serve({ "GET /api/v1/session": { ...session, user: { ...session.user, must_change_password: true } } });
    const { router } = open("/account/sessions");
    await screen.findByText("Choose a password of your own");
    expect(router.state.location.pathname).toBe("/account/password");
  });

  it("takes Label Studio's addresses", async () => {
    serve();
    const { router } = open("/user/account/personal-access-token");
    await waitFor(() => expect(router.state.location.pathname).toBe("/account/personal-access-tokens"));
  });

  it("asks to sign in again, and comes back, when the session has ended", async () => {
    const out = vi.spyOn(way, "out").mockReturnValue();
    history.replaceState(null, "", "/base/account/sessions?cursor=x");
    serve({ "GET /api/v1/sessions": new Status(401, { detail: "no" }) });
    open("/account/sessions?cursor=x");
    await waitFor(() => expect(out).toHaveBeenCalledWith("/base/user/login/?next=%2Fbase%2Faccount%2Fsessions%3Fcursor%3Dx"));
  });
});
