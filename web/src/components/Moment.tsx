import { Text } from "@mantine/core";
import { formatDay, formatExact, formatRelative } from "./format";

/** A time: the day, or how long ago; exactly when one points at it. */
export function Moment({ time, relative, otherwise }: { time: string | null | undefined; relative?: boolean; otherwise: string }) {
  if (!time)
    return (
      <Text span c="dimmed" inherit>
        {otherwise}
      </Text>
    );
  return (
    <time dateTime={time} title={formatExact(time)}>
      {relative ? formatRelative(time) : formatDay(time)}
    </time>
  );
}
