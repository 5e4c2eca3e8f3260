import { Navigate, Outlet } from "react-router-dom";
import type { Session } from "../api/types";
import { Message } from "../components/Message";
import { text } from "../text";
import { homeOf, mayAdminister } from "./navigation";
import { useSession } from "./SessionGate";

/** The administrators' pages: to others their address says whose they are. */
export function AdministratorsOnly() {
  const session = useSession();
  return mayAdminister(session) ? <Outlet /> : <Message title={text.notYours.title}>{text.notYours.body}</Message>;
}

/** A page for a kind of token: where the organization has it off, its address says so. */
export function KindOnly({ kind, title }: { kind: keyof Session["kinds"]; title: string }) {
  const session = useSession();
  if (session.kinds[kind]) return <Outlet />;
  return <Message title={title}>{mayAdminister(session) ? text.kindOff.administrator : text.kindOff.member}</Message>;
}

/** A generated password is changed before anything else. */
export function PasswordFirst() {
  const { user } = useSession();
  return user.must_change_password ? <Navigate to="/account/password" replace /> : <Outlet />;
}

export function Home() {
  return <Navigate to={homeOf(useSession())} replace />;
}

export function OrganizationHome() {
  return <Navigate to="/organization/overview" replace />;
}
