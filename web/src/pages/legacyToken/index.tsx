import { Alert, Button, Group, Paper, PasswordInput, Stack, Text } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { call } from "../../api/client";
import type { LegacyToken } from "../../api/types";
import { useAction } from "../../components/actions";
import { useConfirm } from "../../components/Confirm";
import { CopyButton } from "../../components/CopyButton";
import { Failed, ListSkeleton } from "../../components/DataList";
import { formatMoment } from "../../components/format";
import { Icon } from "../../components/Icon";
import { PageFrame } from "../../components/PageFrame";
import { text } from "../../text";

const PATH = "/api/v1/legacy-token";

/** Held by this page alone: what TanStack Query fetches it also remembers. */
function useLegacyToken() {
  const [token, setToken] = useState<LegacyToken | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const load = useCallback(async (signal?: AbortSignal) => {
    setFault(null);
    try {
      setToken(await call<LegacyToken>("GET", PATH, signal ? { signal } : {}));
    } catch (error) {
      if (!signal?.aborted) setFault(error);
    }
  }, []);
  useEffect(() => {
    const stop = new AbortController();
    void load(stop.signal);
    const forget = () => setToken(null);
    addEventListener("pagehide", forget);
    return () => {
      stop.abort();
      removeEventListener("pagehide", forget);
    };
  }, [load]);
  return { token, setToken, fault, load };
}

export default function LegacyTokenPage() {
  const { token, setToken, fault, load } = useLegacyToken();
  const { run, pending } = useAction();
  const confirm = useConfirm();
  const reset = async () => {
    if (!(await confirm({ title: text.legacy.resetTitle, body: text.legacy.resetBody(lastUse(token)), go: text.legacy.reset }))) return;
    const done = await run(() => call<LegacyToken>("POST", `${PATH}/reset`), { said: text.legacy.resetDone });
    if (done) setToken(done.result);
  };
  return (
    <PageFrame title={text.nav.legacy} description={text.legacy.description}>
      {fault !== null && <Failed error={fault} onRetry={() => void load()} />}
      {!token && fault === null && <ListSkeleton rows={2} />}
      {token && (
        <Paper withBorder p="lg" maw="46rem">
          <Stack>
            <PasswordInput
              label={text.legacy.label}
              value={token.token}
              readOnly
              autoComplete="off"
              visibilityToggleButtonProps={{ "aria-label": text.legacy.show, tabIndex: 0 }}
            />
            <Group>
              <CopyButton value={token.token} variant="filled" />
              <Button variant="default" loading={pending} onClick={() => void reset()}>
                {text.legacy.reset}
              </Button>
            </Group>
            <Text size="sm" c="dimmed" className="anywhere">
              {lastUse(token)}
            </Text>
            <Alert variant="outline" color="orange" icon={<Icon name="warning" />} title={text.legacy.warningTitle}>
              {text.legacy.warning}
            </Alert>
          </Stack>
        </Paper>
      )}
    </PageFrame>
  );
}

function lastUse(token: LegacyToken | null): string {
  if (!token?.last_used_at) return text.tokens.neverUsed;
  return text.usage.last(formatMoment(token.last_used_at), token.last_used_ip ?? text.unknown, token.last_used_user_agent || text.unknown);
}
