/** Calls of /api/v1 with the browser's session. */

export const basePath = new URL(".", document.baseURI).pathname.replace(/\/$/, "");
/** What a program outside has to be given as the server's address. */
export const serverAddress = location.origin + basePath;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly errors: Record<string, string[]> = {},
  ) {
    super(detail);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

let csrfToken = "";
export function keepCsrfToken(token: string | undefined) {
  csrfToken = token ?? "";
}

export function addressOf(path: string, query: Query = {}): string {
  const known = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
  return `${basePath}${path}${search && "?"}${search}`;
}

/** To the form that signs in, which leads back here. */
export function signInAddress(): string {
  const here = location.pathname + location.search;
  return `${basePath}/user/login/?next=${encodeURIComponent(here)}`;
}

/** The way out of the application, for tests to watch. */
export const way = { out: (address: string) => location.assign(address) };

interface ProblemBody {
  detail?: string;
  errors?: Record<string, string[]>;
}

async function problemOf(answer: Response): Promise<ApiError> {
  const body = (await answer.json().catch(() => ({}))) as ProblemBody;
  return new ApiError(answer.status, body.detail ?? `${answer.status} ${answer.statusText}`, body.errors);
}

export interface CallOptions {
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
}

/** The answer's body; undefined for an empty one. ApiError with status 0: the server was not reached. */
export async function call<T>(method: string, path: string, { body, query, signal }: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (csrfToken) headers["X-CSRFToken"] = csrfToken;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(addressOf(path, query), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      cache: "no-store",
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "");
  }
  if (answer.status === 401) way.out(signInAddress());
  if (!answer.ok) throw await problemOf(answer);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
