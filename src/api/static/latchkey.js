"use strict";
// The forms of the account's pages. Everything on them is a call of the API that scripts use too.
(() => {
  const main = document.querySelector("main[data-base]");
  if (!main) return;
  const base = main.dataset.base;

  function csrfToken() {
    const pair = document.cookie.split("; ").find((c) => c.startsWith("csrftoken="));
    return pair ? pair.slice("csrftoken=".length) : "";
  }

  function reasonOf(body, status) {
    const fields = body && (body.errors || body.validation_errors);
    if (fields) return Object.entries(fields).map(([name, texts]) => `${name}: ${texts.join(" ")}`).join(" ");
    return (body && body.detail) || `The server answered ${status}.`;
  }

  async function call(method, path, body) {
    const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await fetch(base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (answer.status === 401) location.assign(`${base}/user/login/?next=${encodeURIComponent(location.pathname)}`);
    const text = await answer.text();
    const value = text ? JSON.parse(text) : null;
    if (!answer.ok) throw new Error(reasonOf(value, answer.status));
    return value;
  }

  // Runs an action and tells its outcome below the form.
  async function attempt(form, said, action) {
    const line = form.querySelector(".outcome");
    line.className = "outcome";
    line.textContent = "";
    try {
      await action();
      line.textContent = said;
    } catch (error) {
      line.classList.add("fault");
      line.textContent = error.message;
    }
  }

  function onSubmit(form, said, action) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(form, said, action);
    });
  }

  async function copyText(text) {
    if (!navigator.clipboard) throw new Error("This browser copies only over HTTPS or on localhost: mark the text and copy it.");
    await navigator.clipboard.writeText(text);
  }

  const profile = document.getElementById("profile");
  if (profile) {
    onSubmit(profile, "Saved.", () =>
      call("PATCH", `/api/users/${profile.dataset.user}/`, {
        first_name: profile.elements.first_name.value,
        last_name: profile.elements.last_name.value,
      }));
  }

  const newToken = document.getElementById("new-token");
  if (newToken) {
    const rows = document.querySelector("#tokens tbody");
    const dialog = document.getElementById("secret");
    const secret = dialog.querySelector("code");
    const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

    const row = (token) => {
      const line = rows.insertRow();
      for (const text of [token.name, date.format(new Date(token.created_at)), date.format(new Date(token.expires_at))])
        line.insertCell().textContent = text;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = "Revoke";
      button.setAttribute("aria-label", `Revoke ${token.name}`);
      button.addEventListener("click", () => {
        if (!confirm(`Revoke "${token.name}"? Whatever uses it stops working at once.`)) return;
        attempt(newToken, "Revoked.", async () => {
          await call("DELETE", `/api/v1/tokens/${encodeURIComponent(token.id)}`);
          await list();
        });
      });
      line.insertCell().append(button);
    };
    const list = async () => {
      const tokens = [];
      let cursor = "";
      do {
        const page = await call("GET", `/api/v1/tokens?limit=200${cursor && `&cursor=${cursor}`}`);
        tokens.push(...page.items.filter((token) => token.kind === "pat"));
        cursor = page.next_cursor;
      } while (cursor);
      rows.replaceChildren();
      tokens.forEach(row);
      document.getElementById("tokens").hidden = tokens.length === 0;
      document.getElementById("empty").hidden = tokens.length > 0;
    };
    dialog.querySelector("[data-copy]").addEventListener("click", () => attempt(newToken, "Copied.", () => copyText(secret.textContent)));
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { secret.textContent = ""; });
    // A page left behind may be kept for the way back: not with the secret on it.
    addEventListener("pagehide", () => { secret.textContent = ""; dialog.close(); });
    onSubmit(newToken, "Created.", async () => {
      const order = { name: newToken.elements.name.value };
      if (newToken.elements.ttl_days.value) order.ttl_days = Number(newToken.elements.ttl_days.value);
      const token = await call("POST", "/api/v1/tokens", order);
      newToken.reset();
      secret.textContent = token.token;
      dialog.showModal();
      await list();
    });
    attempt(newToken, "", list);
  }

  const legacy = document.getElementById("legacy");
  if (legacy) {
    const shown = document.getElementById("legacy-token");
    attempt(legacy, "", async () => { shown.value = (await call("GET", "/api/current-user/token")).token; });
    legacy.querySelector("[data-copy]").addEventListener("click", () => attempt(legacy, "Copied.", () => copyText(shown.value)));
    legacy.querySelector("[data-reset]").addEventListener("click", () => {
      if (!confirm("Reset the token? Whatever uses the old one stops working at once.")) return;
      attempt(legacy, "Reset.", async () => { shown.value = (await call("POST", "/api/current-user/reset-token/")).token; });
    });
  }

  const settings = document.getElementById("settings");
  if (settings) {
    onSubmit(settings, "Saved. It holds from the next request on.", () =>
      call("POST", "/api/jwt/settings", {
        api_tokens_enabled: settings.elements.api_tokens_enabled.checked,
        legacy_api_tokens_enabled: settings.elements.legacy_api_tokens_enabled.checked,
        api_token_ttl_days: Number(settings.elements.api_token_ttl_days.value),
      }));
  }

  const invite = document.getElementById("invite");
  if (invite) {
    const shown = document.getElementById("invite-url");
    const show = (answer) => { shown.value = new URL(base + answer.invite_url, location.href).href; };
    attempt(invite, "", async () => show(await call("GET", "/api/invite")));
    invite.querySelector("[data-copy]").addEventListener("click", () => attempt(invite, "Copied.", () => copyText(shown.value)));
    invite.querySelector("[data-reset]").addEventListener("click", () =>
      attempt(invite, "The old link no longer works.", async () => show(await call("POST", "/api/invite/reset-token"))));
  }
})();
