import { Failed, ListSkeleton } from "../../components/DataList";
import { useThing } from "../../api/queries";
import type { TokenSettings } from "../../api/types";
import { PageFrame } from "../../components/PageFrame";
import { useOrganization } from "../../shell/SessionGate";
import { text } from "../../text";
import { SettingsForm } from "./SettingsForm";

export default function AccessTokenSettings() {
  const organization = useOrganization();
  const path = `${organization.path}/token-settings`;
  const settings = useThing<TokenSettings>(path);
  return (
    <PageFrame title={text.nav.settings} description={text.settings.description}>
      {settings.isPending && <ListSkeleton />}
      {settings.isError && <Failed error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data && <SettingsForm path={path} settings={settings.data} />}
    </PageFrame>
  );
}
