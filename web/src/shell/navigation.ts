import type { Session } from "../api/types";
import { text } from "../text";

export interface Entry {
  path: string;
  label: string;
}

export interface Section {
  title: string;
  entries: Entry[];
}

const link = (path: string, label: string): Entry => ({ path, label });

function accountEntries({ kinds }: Session): Entry[] {
  return [
    link("/account/profile", text.nav.profile),
    link("/account/password", text.nav.password),
    link("/account/sessions", text.nav.sessions),
    ...(kinds.pat ? [link("/account/personal-access-tokens", text.nav.pat)] : []),
    ...(kinds.legacy ? [link("/account/legacy-token", text.nav.legacy)] : []),
    ...(kinds.api_key ? [link("/account/api-keys", text.nav.apiKeys)] : []),
  ];
}

const organizationEntries: Entry[] = [
  link("/organization/overview", text.nav.overview),
  link("/organization/members", text.nav.members),
  link("/organization/invitations", text.nav.invitations),
  link("/organization/service-accounts", text.nav.serviceAccounts),
  link("/organization/tokens", text.nav.tokens),
  link("/organization/audit-log", text.nav.auditLog),
  link("/organization/webhooks", text.nav.webhooks),
  link("/organization/settings/access-tokens", text.nav.settings),
];

export const mayAdminister = (session: Session) => session.can.administer && session.organization !== null;

/** What somebody may go to; a kind that is switched off has no page. */
export function sectionsFor(session: Session): Section[] {
  return [
    { title: text.nav.account, entries: accountEntries(session) },
    ...(mayAdminister(session) ? [{ title: text.nav.organization, entries: organizationEntries }] : []),
  ];
}

/** Where "/" leads: the first kind of token that is on. */
export function homeOf({ kinds }: Session): string {
  if (kinds.pat) return "/account/personal-access-tokens";
  if (kinds.api_key) return "/account/api-keys";
  return kinds.legacy ? "/account/legacy-token" : "/account/profile";
}
