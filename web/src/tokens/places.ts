import type { TokenKind } from "../api/types";

/** Whose tokens a page is about, and where the server has them. */
export interface TokenPlace {
  /** Lists and creates. */
  path: string;
  /** Revokes one. */
  one: (id: string) => string;
  kinds: TokenKind[];
  /** The orders that the server has for them. */
  sorts: readonly string[];
  /** One's own can be renamed and narrowed, and their use is told day by day. */
  isOwn: boolean;
}

const id = encodeURIComponent;

const ONE_PERSONS = ["created_at", "-created_at", "name", "-name", "expires_at", "-expires_at", "last_used_at", "-last_used_at"];
/** By name one way only: the server has an end to begin at for no other. */
export const ORGANIZATIONS = ONE_PERSONS.filter((sort) => sort !== "-name");

export const ownTokens = (kind: TokenKind): TokenPlace => ({
  path: "/api/v1/tokens",
  one: (token) => `/api/v1/tokens/${id(token)}`,
  kinds: [kind],
  sorts: ONE_PERSONS,
  isOwn: true,
});

export const machineTokens = (organization: number, account: number, kinds: TokenKind[]): TokenPlace => ({
  path: `/api/v1/organizations/${organization}/service-accounts/${account}/tokens`,
  one: (token) => `/api/v1/organizations/${organization}/tokens/${id(token)}`,
  kinds,
  sorts: ORGANIZATIONS,
  isOwn: false,
});

export const rotationPath = (token: string) => `/api/v1/tokens/${id(token)}/rotate`;
export const usagePath = (token: string) => `/api/v1/tokens/${id(token)}/usage`;
