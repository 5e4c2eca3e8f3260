/** The names of events, as src/service/audit_kinds.def has them; a test holds the two together. */
const NAMES = [
  "session.signed_in", "session.sign_in_failed", "session.signed_out", "session.ended",
  "token.created", "token.changed", "token.rotated", "token.revoked", "token.reuse_detected", "token.leaked",
  "token.dead_used", "token.shortened", "token.expiring", "token.expired",
  "legacy_token.reset", "legacy_token.shown",
  "settings.changed", "organization.created", "organization.changed",
  "member.role_changed", "member.removed", "member.added",
  "user.created", "user.deactivated", "user.activated", "user.password_changed", "user.changed", "user.deleted",
  "service_account.created", "service_account.changed",
  "invitation.created", "invitation.revoked", "invitation.used",
  "key.added", "key.rotated", "key.retired",
  "webhook.created", "webhook.changed", "webhook.deleted",
  "import.done", "apply.done", "device.approved", "device.denied", "backup.made",
];

const groups = new Map<string, string[]>();
for (const name of NAMES) {
  const group = name.split(".")[0] ?? name;
  groups.set(group, [...(groups.get(group) ?? []), name]);
}

export const EVENT_NAMES: readonly string[] = NAMES;
export const EVENTS = [...groups];
