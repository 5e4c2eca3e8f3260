/** The shapes of /api/v1 by short names; schema.ts is made of docs/openapi.yaml by `npm run types` and not kept. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Token = Schemas["Token"];
export type IssuedToken = Token & { token: string };
export type NewToken = Schemas["NewToken"];
export type TokenPatch = Schemas["TokenPatch"];
export type TokenKind = Schemas["TokenKind"];
export type TokenUsage = Schemas["TokenUsage"];
export type LegacyToken = Schemas["LegacyToken"];
export type Scope = Schemas["Scope"];
export type Session = Schemas["Session"];
export type SessionItem = Schemas["SessionItem"];
export type User = Schemas["User"];
export type Role = Schemas["Role"];
export type Organization = Schemas["Organization"];
export type TokenSettings = Schemas["TokenSettings"];
export type SavedSettings = TokenSettings & { shortened_tokens?: number };
export type Impact = Schemas["Impact"];
export type ImpactByKind = Record<"pat" | "legacy" | "api_key", Impact>;
export type Member = Schemas["Member"];
export type Invitation = Schemas["Invitation"];
export type NewInvitation = Invitation & { url: string };
export type TokenSummary = Schemas["TokenSummary"];
export type ServiceAccount = Schemas["ServiceAccount"];
export type AuditEvent = Schemas["AuditEvent"];
export type Webhook = Schemas["Webhook"];
export type NewWebhook = Webhook & { secret: string };
export type WebhookDelivery = Schemas["WebhookDelivery"];
export type DeviceGrant = Schemas["DeviceGrant"];
export type Day = Schemas["Day"];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number | null;
}
