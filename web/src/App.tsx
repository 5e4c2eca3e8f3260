import { createBrowserRouter, Navigate, type RouteObject } from "react-router-dom";
import { basePath } from "./api/client";
import { Message } from "./components/Message";
import { AppFailed } from "./shell/AppFailed";
import { AdministratorsOnly, Home, KindOnly, OrganizationHome, PasswordFirst } from "./shell/guards";
import { Root } from "./shell/Root";
import { text } from "./text";

type Loaded = Promise<{ default: React.ComponentType }>;

/** A page whose code comes when it is gone to. */
const page = (path: string, load: () => Loaded): RouteObject => ({ path, lazy: async () => ({ Component: (await load()).default }) });
const moved = (from: string, to: string): RouteObject => ({ path: from, element: <Navigate to={to} replace /> });
const kind = (of: "pat" | "legacy" | "api_key", title: string, route: RouteObject): RouteObject => ({ element: <KindOnly kind={of} title={title} />, children: [route] });

export const routes: RouteObject[] = [
  {
    element: <Root />,
    errorElement: <AppFailed />,
    children: [
      page("/account/password", () => import("./pages/password")),
      {
        element: <PasswordFirst />,
        children: [
          { index: true, element: <Home /> },
          moved("/account", "/account/profile"),
          page("/account/profile", () => import("./pages/profile")),
          page("/account/sessions", () => import("./pages/sessions")),
          kind("pat", text.nav.pat, page("/account/personal-access-tokens", () => import("./pages/personalAccessTokens"))),
          kind("legacy", text.nav.legacy, page("/account/legacy-token", () => import("./pages/legacyToken"))),
          kind("api_key", text.nav.apiKeys, page("/account/api-keys", () => import("./pages/apiKeys"))),
          // Label Studio's addresses
          moved("/user/account", "/account/profile"),
          moved("/user/account/personal-info", "/account/profile"),
          moved("/user/account/personal-access-token", "/account/personal-access-tokens"),
          moved("/user/account/legacy-token", "/account/legacy-token"),
          {
            element: <AdministratorsOnly />,
            children: [
              { path: "/organization", element: <OrganizationHome /> },
              page("/organization/overview", () => import("./pages/overview")),
              page("/organization/members", () => import("./pages/members")),
              page("/organization/invitations", () => import("./pages/invitations")),
              page("/organization/service-accounts", () => import("./pages/serviceAccounts")),
              page("/organization/service-accounts/:id", () => import("./pages/serviceAccounts/One")),
              page("/organization/tokens", () => import("./pages/tokens")),
              page("/organization/audit-log", () => import("./pages/auditLog")),
              page("/organization/webhooks", () => import("./pages/webhooks")),
              page("/organization/settings/access-tokens", () => import("./pages/settings")),
              moved("/organization/settings", "/organization/settings/access-tokens"),
            ],
          },
          page("/device", () => import("./pages/device")),
          { path: "*", element: <Message title={text.notHere.title}>{text.notHere.body}</Message> },
        ],
      },
    ],
  },
];

export const makeRouter = () => createBrowserRouter(routes, { basename: basePath || "/" });
