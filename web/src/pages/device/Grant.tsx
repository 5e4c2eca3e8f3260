import { Alert, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { ApiError, call } from "../../api/client";
import { useThing } from "../../api/queries";
import type { DeviceGrant } from "../../api/types";
import { useAction } from "../../components/actions";
import { Failed, ListSkeleton } from "../../components/DataList";
import { formatRelative, shortAgent } from "../../components/format";
import { Icon } from "../../components/Icon";
import { useSession } from "../../shell/SessionGate";
import { text } from "../../text";

interface GrantProps {
  code: string;
  onOther: () => void;
}

export function Grant({ code, onOther }: GrantProps) {
  const path = `/api/v1/device-grants/${encodeURIComponent(code)}`;
  const grant = useThing<DeviceGrant>(path);
  if (grant.isPending) return <ListSkeleton rows={3} />;
  if (grant.isError && !(grant.error instanceof ApiError && grant.error.status === 404)) return <Failed error={grant.error} onRetry={() => void grant.refetch()} />;
  const isOpen = grant.data?.state === "pending";
  return (
    <Paper withBorder p="lg" maw="34rem">
      <Stack>
        {!grant.data && <Text>{text.device.unknown(code)}</Text>}
        {grant.data && (isOpen ? <Asked grant={grant.data} path={path} /> : <Text>{text.device.states[grant.data.state]}</Text>)}
        {!isOpen && (
          <Group>
            <Button variant="default" onClick={onOther}>
              {text.device.other}
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

function Asked({ grant, path }: { grant: DeviceGrant; path: string }) {
  const { user } = useSession();
  const { run, pending } = useAction();
  const decide = (way: "approve" | "deny") => run(() => call("POST", `${path}/${way}`), { said: way === "approve" ? text.device.approved : text.device.denied });
  return (
    <>
      <Text className="anywhere">{text.device.asks(grant.client_name, user.email)}</Text>
      <dl className="facts">
        <Fact name={text.device.code} value={grant.user_code} />
        <Fact name={text.scopes.label} value={grant.scopes.join(", ")} />
        <Fact name={text.device.from} value={[grant.ip, grant.user_agent && shortAgent(grant.user_agent)].filter(Boolean).join(" · ")} />
        <Fact name={text.tokens.expires_at} value={formatRelative(grant.expires_at)} />
      </dl>
      <Alert color="orange" variant="outline" icon={<Icon name="warning" />} title={text.device.warningTitle}>
        {text.device.warning}
      </Alert>
      <Group>
        <Button loading={pending} onClick={() => void decide("approve")}>
          {text.device.approve}
        </Button>
        <Button variant="default" disabled={pending} onClick={() => void decide("deny")}>
          {text.device.deny}
        </Button>
      </Group>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="anywhere">{value}</dd>
    </div>
  );
}
