import { keepPreviousData, QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { ApiError, call, type Query, keepCsrfToken } from "./client";
import { SESSION_PATH, takeEarly } from "./early";
import type { Page, Scope, Session } from "./types";

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 1 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: 500,
      },
    },
  });
}

const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => {
    const session = await (takeEarly() ?? call<Session>("GET", SESSION_PATH, { signal }));
    keepCsrfToken(session.csrf_token);
    return session;
  },
  staleTime: 60_000,
});

/** Who is signed in and what they may do. Everything below <SessionGate> may take it for granted. */
export function useSessionQuery() {
  return useQuery(sessionQuery);
}

/** One page of a list; the one before stays while the next one comes. */
export function usePage<T>(path: string, query: Query, enabled = true) {
  return useQuery({
    queryKey: ["page", path, query],
    queryFn: ({ signal }) => call<Page<T>>("GET", path, { query, signal }),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** One thing. Never for an answer that holds a secret: what is asked here is remembered. */
export function useThing<T>(path: string, enabled = true) {
  return useQuery({ queryKey: ["thing", path], queryFn: ({ signal }) => call<T>("GET", path, { signal }), enabled });
}

export function useScopes() {
  return useQuery({
    queryKey: ["scopes"],
    queryFn: ({ signal }) => call<Page<Scope>>("GET", "/api/v1/scopes", { signal }),
    staleTime: 600_000,
  });
}
