import type { TokenKind } from "../api/types";

/** Whose tokens a page is about, and where the server has them. */
export interface TokenPlace {
  /** Lists and creates. */
  path: string;
  /** Revokes one. */
  one: (id: string) => string;
  kinds: TokenKind[];
  /** One's own can be renamed and narrowed, and their use is told day by day. */
  isOwn: boolean;
}

const id = encodeURIComponent;

export const ownTokens = (kind: TokenKind): TokenPlace => ({
  path: "/api/v1/tokens",
  one: (token) => `/api/v1/tokens/${id(token)}`,
  kinds: [kind],
  isOwn: true,
});

export const machineTokens = (organization: number, account: number, kinds: TokenKind[]): TokenPlace => ({
  path: `/api/v1/organizations/${organization}/service-accounts/${account}/tokens`,
  one: (token) => `/api/v1/organizations/${organization}/tokens/${id(token)}`,
  kinds,
  isOwn: false,
});

export const rotationPath = (token: string) => `/api/v1/tokens/${id(token)}/rotate`;
export const usagePath = (token: string) => `/api/v1/tokens/${id(token)}/usage`;
