/** Where each page lives. Its code comes when it is gone to. */
type Loaded = Promise<{ default: React.ComponentType }>;

export const pages = {
  "/account/password": () => import("./pages/password"),
  "/account/profile": () => import("./pages/profile"),
  "/account/sessions": () => import("./pages/sessions"),
  "/account/personal-access-tokens": () => import("./pages/personalAccessTokens"),
  "/account/legacy-token": () => import("./pages/legacyToken"),
  "/account/api-keys": () => import("./pages/apiKeys"),
  "/organization/overview": () => import("./pages/overview"),
  "/organization/members": () => import("./pages/members"),
  "/organization/invitations": () => import("./pages/invitations"),
  "/organization/service-accounts": () => import("./pages/serviceAccounts"),
  "/organization/service-accounts/:id": () => import("./pages/serviceAccounts/One"),
  "/organization/tokens": () => import("./pages/tokens"),
  "/organization/audit-log": () => import("./pages/auditLog"),
  "/organization/webhooks": () => import("./pages/webhooks"),
  "/organization/settings/access-tokens": () => import("./pages/settings"),
  "/device": () => import("./pages/device"),
} satisfies Record<string, () => Loaded>;

type PagePath = keyof typeof pages;
const first = new Map<PagePath, React.ComponentType>();

/** Fetches the page at the address that the application begins with, unless that has a parameter. */
export async function fetchFirst(address: string) {
  const path = address.replace(/\/$/, "");
  if (path in pages) first.set(path as PagePath, (await pages[path as PagePath]()).default);
}

/** The page that fetchFirst has brought: it can be drawn without a pause. */
export const firstPage = (path: PagePath) => first.get(path);
