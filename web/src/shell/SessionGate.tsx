import { Center, Container, Loader } from "@mantine/core";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { useSessionQuery } from "../api/queries";
import type { Session } from "../api/types";
import { Failed } from "../components/DataList";
import { text } from "../text";

const SessionContext = createContext<Session | null>(null);

/** Who is signed in; only below <SessionGate>. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside of SessionGate");
  return session;
}

/** The organization that an administrators' page is about. */
export function useOrganization() {
  const { organization } = useSession();
  if (!organization) throw new Error("useOrganization without one");
  return { ...organization, path: `/api/v1/organizations/${organization.id}` };
}

/** Shows nothing before it is known who looks. */
export function SessionGate({ children }: { children: ReactNode }) {
  const session = useSessionQuery();
  useEffect(() => {
    // What the browser kept of a page left behind may be somebody else's by now.
    const check = (event: PageTransitionEvent) => event.persisted && location.reload();
    addEventListener("pageshow", check);
    return () => removeEventListener("pageshow", check);
  }, []);
  if (session.data) return <SessionContext.Provider value={session.data}>{children}</SessionContext.Provider>;
  if (session.isError)
    return (
      <Container size="xs" py="xl" component="main">
        <Failed error={session.error} onRetry={() => void session.refetch()} />
      </Container>
    );
  return (
    <Center h="60vh" component="main">
      <Loader aria-label={text.loading} role="status" />
    </Center>
  );
}
