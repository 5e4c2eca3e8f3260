import { useCallback, useMemo } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router-dom";

interface Trail {
  trail?: (string | null)[];
}

const NONE: Record<string, string> = {};
const NO_FILTERS: readonly string[] = [];

/**
 * What a list shows, kept in the address: filters, order, and where its page begins. What else the
 * address holds is nobody's question, and is not passed on to the server.
 */
export function useListState(filters = NO_FILTERS, defaults = NONE) {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const trail = (location.state as Trail | null)?.trail ?? [];
  const get = useCallback((name: string) => params.get(name) ?? defaults[name] ?? "", [params, defaults]);

  const set = useCallback(
    (changes: Record<string, string>) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete("cursor");
          for (const [name, value] of Object.entries(changes))
            if (value === "" || value === defaults[name]) next.delete(name);
            else next.set(name, value);
          return next;
        },
        { replace: true },
      );
    },
    [setParams, defaults],
  );

  const cursor = params.get("cursor");
  const goTo = (to: string | null, newTrail: (string | null)[]) => {
    const next = new URLSearchParams(params);
    if (to === null) next.delete("cursor");
    else next.set("cursor", to);
    navigate({ search: next.toString() }, { state: { trail: newTrail } });
  };

  const query = useMemo((): Record<string, string> => {
    const known = [...params].filter(([name]) => name === "cursor" || name in defaults || filters.includes(name));
    return { ...defaults, ...Object.fromEntries(known) };
  }, [params, filters, defaults]);
  return {
    get,
    set,
    query,
    isFiltered: Object.keys(query).some((name) => name !== "cursor" && name !== "sort" && query[name] !== defaults[name]),
    clear: () => setParams(new URLSearchParams(), { replace: true }),
    cursor,
    next: (to: string) => goTo(to, [...trail, cursor]),
    previous: () => goTo(trail.at(-1) ?? null, trail.slice(0, -1)),
    first: () => goTo(null, []),
  };
}

export type ListState = ReturnType<typeof useListState>;
