import { Stack, Text } from "@mantine/core";
import type { Token } from "../api/types";
import type { Question } from "../components/Confirm";
import { formatCount, formatMoment } from "../components/format";
import { text } from "../text";

/** What will stop working, as far as the server knows. */
export function revokeQuestion(token: Token): Question {
  const requests = token.requests_30d?.reduce((sum, value) => sum + value, 0);
  return {
    title: text.revoke.title,
    go: text.revoke.go,
    body: (
      <Stack gap="xs">
        <Text className="anywhere">{text.revoke.what(token.name)}</Text>
        {token.last_used_at ? (
          <Text className="anywhere">
            {text.revoke.lastUse(formatMoment(token.last_used_at), token.last_used_ip ?? text.unknown, token.last_used_user_agent || text.unknown)}
            {requests !== undefined && ` ${text.charts.requests30d(formatCount(requests))}.`}
          </Text>
        ) : (
          <Text>{text.revoke.neverUsed}</Text>
        )}
      </Stack>
    ),
  };
}
