import { List, Stack, Text } from "@mantine/core";
import { useThing } from "../../api/queries";
import type { ImpactByKind } from "../../api/types";
import { Failed, ListSkeleton } from "../../components/DataList";
import { formatCount } from "../../components/format";
import { text } from "../../text";

export const SWITCHES = ["api_tokens_enabled", "direct_pat_enabled", "legacy_api_tokens_enabled", "api_keys_enabled"] as const;
export type SwitchName = (typeof SWITCHES)[number];

const KIND_OF: Record<SwitchName, keyof ImpactByKind | null> = {
  api_tokens_enabled: "pat",
  direct_pat_enabled: null,
  legacy_api_tokens_enabled: "legacy",
  api_keys_enabled: "api_key",
};

/** How much stops working when these go off. */
export function Impacts({ path, off }: { path: string; off: SwitchName[] }) {
  const impact = useThing<ImpactByKind>(`${path}/impact`);
  if (impact.isPending) return <ListSkeleton rows={1} />;
  if (impact.isError) return <Failed error={impact.error} onRetry={() => void impact.refetch()} />;
  return (
    <Stack>
      <List>
        {off.map((name) => {
          const kind = KIND_OF[name];
          const { tokens, people } = kind ? impact.data[kind] : { tokens: 0, people: 0 };
          return (
            <List.Item key={name}>
              {kind ? text.settings.stops(text.settings[name].label, tokens, formatCount(tokens), people, formatCount(people)) : text.settings.directOff}
            </List.Item>
          );
        })}
      </List>
      <Text>{text.settings.backAgain}</Text>
    </Stack>
  );
}
