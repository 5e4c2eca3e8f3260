import { Stack, Text } from "@mantine/core";
import type { Token } from "../api/types";
import { Sparkline } from "../components/Charts";
import type { Column } from "../components/DataList";
import { formatRelative, shortAgent } from "../components/format";
import { Moment } from "../components/Moment";
import { State } from "../components/State";
import { text } from "../text";

const SOON = 7 * 86_400_000;

export function TokenState({ token }: { token: Token }) {
  switch (token.state) {
    case "active":
      return <State tone="good">{text.states.active}</State>;
    case "in_grace":
      return <State tone="warn">{token.grace_until ? text.states.graceUntil(formatRelative(token.grace_until)) : text.states.in_grace}</State>;
    case "expired":
      return <State tone="quiet">{text.states.expired}</State>;
    case "revoked":
      return <State tone="bad">{text.states.revoked(token.revoked_reason ?? "owner")}</State>;
  }
}

function endsSoon(token: Token) {
  return token.state === "active" && token.expires_at !== null && Date.parse(token.expires_at) - Date.now() < SOON;
}

export const nameColumn: Column<Token> = {
  name: text.tokens.name,
  sort: "name",
  cell: (token) => (
    <Stack gap={0}>
      <Text span fw={600} className="anywhere">
        {token.name}
      </Text>
      {token.hint && (
        <Text span size="xs" c="dimmed" ff="monospace">
          {token.hint}…
        </Text>
      )}
      {token.state !== "active" && <TokenState token={token} />}
    </Stack>
  ),
};

export const scopesColumn: Column<Token> = {
  name: text.scopes.label,
  cell: (token) => (
    <Stack gap={0}>
      <span>{token.scopes.join(", ")}</span>
      {token.allowed_ips.length > 0 && (
        <Text span size="xs" c="dimmed" className="anywhere">
          {text.tokens.from(token.allowed_ips.join(", "))}
        </Text>
      )}
    </Stack>
  ),
};

export const createdColumn: Column<Token> = { name: text.tokens.created_at, sort: "created_at", cell: (token) => <Moment time={token.created_at} otherwise="" /> };

export const usedColumn: Column<Token> = {
  name: text.tokens.last_used_at,
  sort: "last_used_at",
  cell: (token) => (
    <Stack gap={0}>
      <Moment time={token.last_used_at} relative otherwise={text.tokens.never} />
      {token.last_used_at && (
        <Text span size="xs" c="dimmed" className="anywhere" title={token.last_used_user_agent ?? undefined}>
          {[token.last_used_ip, token.last_used_user_agent && shortAgent(token.last_used_user_agent)].filter(Boolean).join(" · ")}
        </Text>
      )}
    </Stack>
  ),
};

export const expiresColumn: Column<Token> = {
  name: text.tokens.expires_at,
  sort: "expires_at",
  cell: (token) =>
    endsSoon(token) && token.expires_at ? (
      <State tone="warn">{formatRelative(token.expires_at)}</State>
    ) : (
      <Moment time={token.expires_at} otherwise={text.tokens.never} />
    ),
};

export const requestsColumn: Column<Token> = { name: text.charts.days30, cell: (token) => <Sparkline values={token.requests_30d} /> };
