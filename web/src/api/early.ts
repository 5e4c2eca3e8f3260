/** Who is signed in, asked while the application's code is still on its way. */
import { call } from "./client";
import type { Session } from "./types";

export const SESSION_PATH = "/api/v1/session";

let early: Promise<Session> | undefined;

export function askEarly() {
  early = call<Session>("GET", SESSION_PATH);
  early.catch(() => undefined); // told by whoever takes it
}

/** Once: what is asked later is asked anew. */
export function takeEarly(): Promise<Session> | undefined {
  const asked = early;
  early = undefined;
  return asked;
}
