import { Modal, Stack, Text } from "@mantine/core";
import { useThing } from "../api/queries";
import type { Token, TokenUsage } from "../api/types";
import { DayColumns } from "../components/Charts";
import { Failed, ListSkeleton } from "../components/DataList";
import { formatMoment } from "../components/format";
import { text } from "../text";
import { usagePath } from "./places";

/** What a token did in the last 90 days. */
export function UsageDialog({ token, onClose }: { token: Token | null; onClose: () => void }) {
  return (
    <Modal opened={token !== null} onClose={onClose} title={text.usage.title(token?.name ?? "")} size="lg" closeButtonProps={{ "aria-label": text.close }}>
      {token && <Usage token={token} />}
    </Modal>
  );
}

function Usage({ token }: { token: Token }) {
  const usage = useThing<TokenUsage>(usagePath(token.id));
  if (usage.isPending) return <ListSkeleton rows={3} />;
  if (usage.isError) return <Failed error={usage.error} onRetry={() => void usage.refetch()} />;
  const { days, first_used_at, last_used_at, last_used_ip, last_used_user_agent } = usage.data;
  return (
    <Stack>
      <DayColumns days={days} caption={text.usage.caption} />
      {last_used_at ? (
        <Text size="sm">{text.usage.last(formatMoment(last_used_at), last_used_ip ?? text.unknown, last_used_user_agent || text.unknown)}</Text>
      ) : (
        <Text size="sm">{text.tokens.neverUsed}</Text>
      )}
      {first_used_at && <Text size="sm">{text.usage.first(formatMoment(first_used_at))}</Text>}
    </Stack>
  );
}
