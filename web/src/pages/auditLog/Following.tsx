import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call, type Query } from "../../api/client";
import type { AuditEvent, Page } from "../../api/types";
import { DataList } from "../../components/DataList";
import type { ListState } from "../../components/listState";
import { text } from "../../text";
import { columns } from "./columns";

const EVERY = 2_000;
const KEPT = 200;

/** The newest events, and each that comes, on top. */
export function Following({ path, query, state }: { path: string; query: Query; state: ListState }) {
  const [events, setEvents] = useState<AuditEvent[] | null>(null);
  const filter = { ...query, cursor: undefined };
  const key = JSON.stringify(filter);
  useEffect(() => setEvents(null), [key]);
  const last = events?.[0]?.number;
  const answer = useQuery({
    queryKey: ["following", path, filter],
    queryFn: async ({ signal }) => {
      const news = await call<Page<AuditEvent>>("GET", path, { signal, query: last === undefined ? { ...filter, limit: 20 } : { ...filter, order: "asc", after: last, limit: KEPT } });
      const ordered = last === undefined ? news.items : news.items.toReversed();
      const merged = [...ordered, ...(events ?? [])].slice(0, KEPT);
      setEvents(merged);
      return { items: merged, next_cursor: null };
    },
    refetchInterval: EVERY,
    gcTime: 0,
    structuralSharing: false,
  });
  return (
    <>
      <Text size="sm" c="dimmed" role="status">
        {text.audit.following}
      </Text>
      <DataList caption={text.nav.auditLog} columns={columns} answer={answer} state={state} rowKey={(event) => event.number} empty={<Text>{text.audit.empty}</Text>} />
    </>
  );
}
