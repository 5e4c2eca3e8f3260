import { Component, lazy, type ReactNode } from "react";
import { Navigate, type RouteObject, useLocation, useRoutes } from "react-router-dom";
import { Message } from "./components/Message";
import { firstPage, pages } from "./pages";
import { AppFailed } from "./shell/AppFailed";
import { AdministratorsOnly, Home, KindOnly, OrganizationHome, PasswordFirst } from "./shell/guards";
import { Root } from "./shell/Root";
import { text } from "./text";

function page(path: keyof typeof pages): RouteObject {
  const Later = lazy(pages[path]);
  const Page = () => {
    const Ready = firstPage(path);
    return Ready ? <Ready /> : <Later />;
  };
  return { path, element: <Page /> };
}
const moved = (from: string, to: string): RouteObject => ({ path: from, element: <Navigate to={to} replace /> });
const kind = (of: "pat" | "legacy" | "api_key", title: string, route: RouteObject): RouteObject => ({ element: <KindOnly kind={of} title={title} />, children: [route] });

const routes: RouteObject[] = [
  {
    element: <Root />,
    children: [
      page("/account/password"),
      {
        element: <PasswordFirst />,
        children: [
          { index: true, element: <Home /> },
          moved("/account", "/account/profile"),
          page("/account/profile"),
          page("/account/sessions"),
          kind("pat", text.nav.pat, page("/account/personal-access-tokens")),
          kind("legacy", text.nav.legacy, page("/account/legacy-token")),
          kind("api_key", text.nav.apiKeys, page("/account/api-keys")),
          // Label Studio's addresses
          moved("/user/account", "/account/profile"),
          moved("/user/account/personal-info", "/account/profile"),
          moved("/user/account/personal-access-token", "/account/personal-access-tokens"),
          moved("/user/account/legacy-token", "/account/legacy-token"),
          {
            element: <AdministratorsOnly />,
            children: [
              { path: "/organization", element: <OrganizationHome /> },
              page("/organization/overview"),
              page("/organization/members"),
              page("/organization/invitations"),
              page("/organization/service-accounts"),
              page("/organization/service-accounts/:id"),
              page("/organization/tokens"),
              page("/organization/audit-log"),
              page("/organization/webhooks"),
              page("/organization/settings/access-tokens"),
              moved("/organization/settings", "/organization/settings/access-tokens"),
            ],
          },
          page("/device"),
          { path: "*", element: <Message title={text.notHere.title}>{text.notHere.body}</Message> },
        ],
      },
    ],
  },
];

interface Guard {
  /** Where one is: elsewhere, it is tried again. */
  place: string;
  children: ReactNode;
}

/** What a page's mistake leaves, until one goes to another. */
class Guarded extends Component<Guard, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError() {
    return { hasFailed: true };
  }
  override componentDidUpdate(before: Guard) {
    if (before.place !== this.props.place && this.state.hasFailed) this.setState({ hasFailed: false });
  }
  override render() {
    return this.state.hasFailed ? <AppFailed /> : this.props.children;
  }
}

const Routed = () => useRoutes(routes);

export function App() {
  const { pathname } = useLocation();
  return (
    <Guarded place={pathname}>
      <Routed />
    </Guarded>
  );
}
