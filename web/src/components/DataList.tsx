import { Alert, Button, Group, Paper, Skeleton, Stack, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "../api/types";
import { text } from "../text";
import { reasonOf } from "./actions";
import { formatCount } from "./format";
import { Icon } from "./Icon";
import type { ListState } from "./listState";

export interface Column<T> {
  name: string;
  /** The server's name for this order, without the minus. */
  sort?: string;
  /** Not shown as a heading: what it holds speaks for itself. */
  isSilent?: boolean;
  /** In place of the name. */
  heading?: ReactNode;
  cell: (item: T) => ReactNode;
}

interface DataListProps<T> {
  caption: string;
  columns: Column<T>[];
  answer: UseQueryResult<Page<T>>;
  state: ListState;
  rowKey: (item: T) => string | number;
  /** The orders that the server has for this list. */
  sorts?: readonly string[];
  /** What to do where there is nothing yet. */
  empty: ReactNode;
}

/** A list that the server pages, filters and sorts: a table on a wide screen, cards on a phone. */
export function DataList<T>({ caption, columns, answer, state, rowKey, sorts = [], empty }: DataListProps<T>) {
  if (answer.isPending) return <ListSkeleton />;
  if (answer.isError && !answer.data) return <Failed error={answer.error} onRetry={() => void answer.refetch()} />;
  const { items, next_cursor, total } = answer.data;
  if (items.length === 0 && !state.cursor)
    return (
      <Paper withBorder p="xl" className="empty">
        {state.isFiltered ? (
          <Stack align="center" gap="sm">
            <Text>{text.lists.nothingFits}</Text>
            <Button variant="default" onClick={state.clear}>
              {text.lists.showAll}
            </Button>
          </Stack>
        ) : (
          <Stack align="center" gap="sm">
            {empty}
          </Stack>
        )}
      </Paper>
    );
  return (
    <Stack gap="sm" aria-busy={answer.isPlaceholderData}>
      {answer.isError && <Failed error={answer.error} onRetry={() => void answer.refetch()} />}
      <div className="list">
        <table>
          <caption>
            <VisuallyHidden>{caption}</VisuallyHidden>
          </caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.name} column={column} state={state} sorts={sorts} />
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={rowKey(item)}>
                {columns.map((column) => (
                  <td key={column.name} data-label={column.isSilent ? undefined : column.name}>
                    {column.cell(item)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager caption={caption} state={state} next={next_cursor} count={items.length} total={total} />
    </Stack>
  );
}

interface HeadingProps<T> {
  column: Column<T>;
  state: ListState;
  sorts: readonly string[];
}

function Heading<T>({ column, state, sorts }: HeadingProps<T>) {
  if (column.heading) return <th scope="col">{column.heading}</th>;
  if (column.isSilent)
    return (
      <th scope="col">
        <VisuallyHidden>{column.name}</VisuallyHidden>
      </th>
    );
  const ways = [column.sort ?? "", `-${column.sort ?? ""}`].filter((way) => sorts.includes(way));
  const [first, second = first] = ways;
  if (first === undefined || second === undefined) return <th scope="col">{column.name}</th>;
  const current = state.get("sort");
  const isUp = current === column.sort;
  const isDown = current === `-${column.sort ?? ""}`;
  return (
    <th scope="col" aria-sort={isUp ? "ascending" : isDown ? "descending" : "none"}>
      <UnstyledButton className="sort" onClick={() => state.set({ sort: current === first ? second : first })}>
        {column.name}
        {(isUp || isDown) && <Icon name={isUp ? "up" : "down"} size={16} />}
      </UnstyledButton>
    </th>
  );
}

interface PagerProps {
  caption: string;
  state: ListState;
  next: string | null;
  count: number;
  total: number | null | undefined;
}

function Pager({ caption, state, next, count, total }: PagerProps) {
  return (
    <Group justify="space-between" component="nav" aria-label={text.lists.pages(caption)}>
      <Text size="sm" c="dimmed" role="status">
        {total === null || total === undefined ? text.lists.shown(formatCount(count)) : text.lists.shownOf(formatCount(count), formatCount(total))}
      </Text>
      {(state.cursor !== null || next !== null) && (
        <Group gap="xs">
          <Button variant="default" size="xs" disabled={state.cursor === null} onClick={state.first}>
            {text.lists.first}
          </Button>
          <Button variant="default" size="xs" disabled={state.cursor === null} onClick={state.previous}>
            {text.lists.previous}
          </Button>
          <Button variant="default" size="xs" disabled={next === null} onClick={() => next !== null && state.next(next)}>
            {text.lists.next}
          </Button>
        </Group>
      )}
    </Group>
  );
}

export function ListSkeleton({ rows = 4 }: { rows?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label={text.loading}>
      {Array.from({ length: rows }, (_, at) => (
        <Skeleton key={at} height={46} />
      ))}
    </Stack>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Alert color="red" variant="outline" title={text.errors.notLoaded} icon={<Icon name="warning" />}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{reasonOf(error)}</Text>
        <Button variant="default" size="xs" onClick={onRetry}>
          {text.retry}
        </Button>
      </Stack>
    </Alert>
  );
}
