import { Button } from "@mantine/core";
import { useState } from "react";
import { PageFrame } from "../../components/PageFrame";
import { useSession } from "../../shell/SessionGate";
import { text } from "../../text";
import { ownTokens } from "../../tokens/places";
import { TokenList } from "../../tokens/TokenList";

const place = ownTokens("pat");

export default function PersonalAccessTokens() {
  const { limits } = useSession();
  const [isCreating, setCreating] = useState(false);
  return (
    <PageFrame title={text.nav.pat} description={text.pat.description} actions={<Button onClick={() => setCreating(true)}>{text.tokens.create}</Button>}>
      <TokenList place={place} caption={text.nav.pat} limits={limits} isCreating={isCreating} onCreating={setCreating} />
    </PageFrame>
  );
}
