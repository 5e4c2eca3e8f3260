import { useSearchParams } from "react-router-dom";
import { PageFrame } from "../../components/PageFrame";
import { text } from "../../text";
import { CodeForm } from "./CodeForm";
import { Grant } from "./Grant";

/** Lets a program on another machine in: `latchkey login` shows a code, here somebody says yes. */
export default function Device() {
  const [params, setParams] = useSearchParams();
  const code = params.get("user_code") ?? "";
  return (
    <PageFrame title={text.device.title} description={text.device.description}>
      {code ? <Grant code={code} onOther={() => setParams({})} /> : <CodeForm onCode={(user_code) => setParams({ user_code })} />}
    </PageFrame>
  );
}
