import { type Answer, isPrivateHost, type Posting, privateRefused } from "../../watch/index.ts";

/** Characters of an answer that are kept for messages. */
const SHOWN = 200;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends one request and follows no redirect. Throws `host_refused` for an address that is private by itself, where that is not
 * allowed, and an Error with a sentence where nothing comes. What a name leads to is for the network of workerd to refuse.
 * @param within  ms for all of it
 */
export async function post(
  { method, url, headers, body }: Posting,
  within: number,
  signal: AbortSignal,
  allowPrivate: boolean,
  fetching: Fetch,
): Promise<Answer> {
  const { host, hostname } = new URL(url);
  if (!allowPrivate && isPrivateHost(hostname)) throw privateRefused(hostname, hostname);
  const late = AbortSignal.timeout(within);
  try {
    const response = await fetching(url, {
      method,
      headers: { ...headers, "user-agent": "orca-embeddings" },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: AbortSignal.any([signal, late]),
    });
    const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
    const text = (await beginningOf(response)).replaceAll(/\s+/g, " ").trim();
    return { status: response.status, text, retryAfter: retryAfter > 0 ? retryAfter : undefined };
  } catch (thrown) {
    if (late.aborted) throw new Error(`${host} did not answer within ${within / 1000} s`);
    throw new Error(`${host}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

/** What an answer says beyond its beginning is nobody's business here. */
async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < SHOWN) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value as Uint8Array, { stream: true });
  }
  await reader.cancel();
  return text.slice(0, SHOWN);
}
