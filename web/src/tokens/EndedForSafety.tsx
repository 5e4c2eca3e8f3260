import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { usePage } from "../api/queries";
import type { Token } from "../api/types";
import { formatMoment } from "../components/format";
import { Icon } from "../components/Icon";
import { useSession } from "../shell/SessionGate";
import { text } from "../text";
import type { TokenPlace } from "./places";

const TOLD_FOR = 30 * 86_400_000;

/** When it was ended because somebody else may have it; null: for another reason. */
function endedAt({ revoked_reason, revoked_at }: Token): string | null {
  return revoked_reason === "reuse" || revoked_reason === "leaked" ? revoked_at : null;
}

/**
 * Tells whose tokens were ended by the server itself, and what to do about it. The browser remembers
 * up to when it has been seen.
 */
export function EndedForSafety({ place }: { place: TokenPlace }) {
  const { user } = useSession();
  const [seen, setSeen] = useLocalStorage({ key: `latchkey-seen-${user.id}-${place.kinds.join("-")}`, defaultValue: "", getInitialValueInEffect: false });
  const answer = usePage<Token>(place.path, { kind: place.kinds[0], state: "ended", sort: "-created_at", limit: 200 });
  const since = new Date(Date.now() - TOLD_FOR).toISOString();
  const ended = (answer.data?.items ?? []).filter((token) => (endedAt(token) ?? "") > (seen > since ? seen : since));
  if (ended.length === 0) return null;
  const dismiss = () => {
    setSeen(ended.map((token) => endedAt(token) ?? "").reduce((latest, at) => (at > latest ? at : latest), ""));
    document.getElementById("main")?.focus();
  };
  return (
    <Alert color="red" variant="outline" icon={<Icon name="warning" />} title={text.endedForSafety.title}>
      <Stack gap="sm">
        <List>
          {ended.map((token) => (
            <List.Item key={token.id} className="anywhere">
              {(token.revoked_reason === "reuse" ? text.endedForSafety.reuse : text.endedForSafety.leaked)(token.name, formatMoment(endedAt(token) ?? ""))}
            </List.Item>
          ))}
        </List>
        <Text size="sm">{text.endedForSafety.todo}</Text>
        <Group>
          <Button variant="default" size="sm" onClick={dismiss}>
            {text.endedForSafety.dismiss}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
