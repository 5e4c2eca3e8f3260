import type { TokenKind } from "../api/types";
import { text } from "../text";

export interface Snippet {
  name: string;
  code: string;
}

const sdk = (address: string, secret: string) => `from label_studio_sdk import LabelStudio

client = LabelStudio(base_url="${address}", api_key="${secret}")
print(client.users.whoami().email)`;

const exchange = (address: string, secret: string) => `ACCESS=$(curl -s ${address}/api/token/refresh/ \\
  -H 'Content-Type: application/json' \\
  -d '{"refresh": "${secret}"}' | sed 's/.*"access": *"\\([^"]*\\)".*/\\1/')
curl ${address}/api/current-user/whoami -H "Authorization: Bearer $ACCESS"`;

const direct = (address: string, secret: string) => `curl ${address}/api/current-user/whoami \\
  -H 'Authorization: Bearer ${secret}'`;

const login = (address: string, secret: string) => `latchkey login ${address} --token-stdin <<'END'
${secret}
END
curl ${address}/api/current-user/whoami -H "Authorization: Bearer $(latchkey access-token ${address})"`;

/** Ready to run: the server's address and the token are in them. */
export function snippetsFor(kind: TokenKind, address: string, secret: string): Snippet[] {
  const python = { name: text.snippets.python, code: sdk(address, secret) };
  return kind === "pat"
    ? [python, { name: text.snippets.curl, code: exchange(address, secret) }, { name: text.snippets.login, code: login(address, secret) }]
    : [python, { name: text.snippets.curl, code: direct(address, secret) }];
}
