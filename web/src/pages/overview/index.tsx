import { Anchor, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "react-router-dom";
import { useThing } from "../../api/queries";
import type { Organization, TokenSummary } from "../../api/types";
import { BarRows, DayColumns, type Series } from "../../components/Charts";
import { Failed, ListSkeleton } from "../../components/DataList";
import { formatCount } from "../../components/format";
import { PageFrame } from "../../components/PageFrame";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";
import { TitleButton } from "./TitleButton";

const PAT: Series = { name: text.kinds.pat, color: "var(--latchkey-pat)" };
const API_KEY: Series = { name: text.kinds.api_key, color: "var(--latchkey-api-key)" };
const TOKENS = "/organization/tokens";

/** The organization's tokens at a glance, each figure a way to those that it counts. */
export default function Overview() {
  const organization = useOrganization();
  const summary = useThing<TokenSummary>(`${organization.path}/tokens/summary`);
  const about = useThing<Organization>(organization.path);
  return (
    <PageFrame title={organization.title} description={text.overview.description} actions={<TitleButton path={organization.path} title={organization.title} />}>
      {about.data && (
        <SimpleGrid cols={{ base: 2, md: 5 }}>
          <Figure label={text.nav.members} value={about.data.member_count} to="/organization/members" />
          <Figure label={text.nav.serviceAccounts} value={about.data.service_account_count} to="/organization/service-accounts" />
          {summary.data && (
            <>
              <Figure label={text.overview.neverUsed} value={summary.data.never_used} to={`${TOKENS}?never_used=true`} />
              <Figure label={text.overview.unused} value={summary.data.unused_90d} to={`${TOKENS}?unused_days=90`} />
              <Figure label={text.overview.expiring} value={summary.data.expiring_14d} to={`${TOKENS}?expires_in_days=14`} />
            </>
          )}
        </SimpleGrid>
      )}
      {summary.isPending && <ListSkeleton />}
      {summary.isError && <Failed error={summary.error} onRetry={() => void summary.refetch()} />}
      {summary.data && <Pictures summary={summary.data} />}
    </PageFrame>
  );
}

function Figure({ label, value, to }: { label: string; value: number; to: string }) {
  return (
    <Paper withBorder p="md">
      <Stack gap={0}>
        <Text size="1.6rem" fw={700} lh={1.2}>
          {formatCount(value)}
        </Text>
        <Anchor component={Link} to={to} size="sm">
          {label}
        </Anchor>
      </Stack>
    </Paper>
  );
}

function Pictures({ summary }: { summary: TokenSummary }) {
  const { pat, legacy, api_key } = summary.by_kind;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Paper withBorder p="lg">
        <BarRows
          caption={text.overview.byKind}
          series={[{ name: text.overview.tokens, color: "var(--latchkey-pat)" }]}
          bars={[
            { label: text.kinds.pat, values: [pat] },
            { label: text.kinds.api_key, values: [api_key] },
            { label: text.kinds.legacy, values: [legacy] },
          ]}
        />
      </Paper>
      <Paper withBorder p="lg">
        <BarRows
          caption={text.overview.byAge}
          series={[PAT, API_KEY]}
          bars={summary.by_age.map((group) => ({ label: text.overview.days(group.days), values: [group.pat, group.api_key] }))}
        />
      </Paper>
      <Paper withBorder p="lg" className="span-2">
        <DayColumns days={summary.requests_per_day} caption={text.overview.requests} />
      </Paper>
    </SimpleGrid>
  );
}
