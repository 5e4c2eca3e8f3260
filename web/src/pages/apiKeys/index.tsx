import { Button } from "@mantine/core";
import { useState } from "react";
import { PageFrame } from "../../components/PageFrame";
import { useSession } from "../../shell/SessionGate";
import { text } from "../../text";
import { ownTokens } from "../../tokens/places";
import { TokenList } from "../../tokens/TokenList";

const place = ownTokens("api_key");

export default function ApiKeys() {
  const { limits } = useSession();
  const [isCreating, setCreating] = useState(false);
  return (
    <PageFrame title={text.nav.apiKeys} description={text.apiKeys.description} actions={<Button onClick={() => setCreating(true)}>{text.tokens.create}</Button>}>
      <TokenList place={place} caption={text.nav.apiKeys} limits={limits} isCreating={isCreating} onCreating={setCreating} />
    </PageFrame>
  );
}
