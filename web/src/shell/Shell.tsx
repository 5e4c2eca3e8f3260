import { ActionIcon, Anchor, AppShell, Burger, Button, Group, NavLink, Text, Title, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, useEffect, useState } from "react";
import { Link, NavLink as RouterLink, Outlet, useLocation } from "react-router-dom";
import { ListSkeleton } from "../components/DataList";
import { Icon } from "../components/Icon";
import { MenuButton } from "../components/MenuButton";
import { text } from "../text";
import { mayAdminister, sectionsFor } from "./navigation";
import { useSession } from "./SessionGate";
import { useSignOut } from "./signOut";

/** The frame of all pages: the bar on top, the navigation at the side (behind a button on a phone). */
export function Shell() {
  const session = useSession();
  const [isOpen, { toggle, close }] = useDisclosure();
  const [isGone, setGone] = useState(false);
  const { pathname } = useLocation();
  const mustChange = session.user.must_change_password;
  useEffect(close, [pathname, close]);
  if (isGone) return null;
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 260, breakpoint: "md", collapsed: { mobile: !isOpen, desktop: mustChange } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <a className="skip" href="#main" onClick={focusMain}>
            {text.nav.skip}
          </a>
          {!mustChange && <Burger opened={isOpen} onClick={toggle} hiddenFrom="md" size="sm" aria-label={text.nav.toggle} aria-expanded={isOpen} />}
          <Anchor component={Link} to="/" className="brand">
            <Icon name="key" size={26} />
            {text.product}
          </Anchor>
          {mayAdminister(session) && !mustChange && (
            <Anchor component={Link} to="/organization" visibleFrom="sm" className="organization">
              {session.organization?.title}
            </Anchor>
          )}
          <Group gap="xs" ml="auto" wrap="nowrap" className="who">
            <SchemeButton />
            <UserMenu onGone={() => setGone(true)} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={text.nav.label}>
        <div className="nav">
          {sectionsFor(session).map((section) => (
            <section key={section.title} aria-label={section.title}>
              <Title order={2} className="nav-title">
                {section.title}
              </Title>
              {section.entries.map((entry) => (
                <NavLink key={entry.path} component={RouterLink} to={entry.path} label={entry.label} active={isWithin(pathname, entry.path)} />
              ))}
            </section>
          ))}
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className="content">
          <Suspense fallback={<ListSkeleton />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

const isWithin = (pathname: string, path: string) => pathname === path || pathname.startsWith(`${path}/`);

/** The page has a <base>: a bare "#main" would lead to it, not within the page. */
function focusMain(event: React.MouseEvent) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

const SCHEMES = { auto: "light", light: "dark", dark: "auto" } as const;
const SCHEME_ICONS = { auto: "auto", light: "sun", dark: "moon" } as const;

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <ActionIcon variant="default" size="lg" aria-label={text.scheme[colorScheme]} title={text.scheme[colorScheme]} onClick={() => setColorScheme(SCHEMES[colorScheme])}>
      <Icon name={SCHEME_ICONS[colorScheme]} />
    </ActionIcon>
  );
}

function UserMenu({ onGone }: { onGone: () => void }) {
  const { user, organization } = useSession();
  const signOut = useSignOut(onGone);
  return (
    <MenuButton
      label={
        <>
          {user.email}
          {organization && ` · ${organization.title} · ${text.roles[organization.role]}`}
        </>
      }
      entries={[
        { label: text.nav.account, to: "/account" },
        { label: text.nav.logOut, run: () => void signOut() },
      ]}
      button={(props) => (
        <Button variant="default" leftSection={<Icon name="user" size={18} />} className="user" aria-label={user.email} {...props}>
          <Text span truncate visibleFrom="sm" size="sm">
            {user.email}
          </Text>
        </Button>
      )}
    />
  );
}
