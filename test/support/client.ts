import type { Problem } from "../../src/http/problem.ts";
import type { HeaderRecord, SummaryRecord, WindowRecord } from "../../src/records/index.ts";
import { recordsOf } from "./records.ts";

/** Everything that came back for one recording. */
export interface Answer {
  readonly header: HeaderRecord;
  readonly windows: readonly WindowRecord[];
  readonly summary: SummaryRecord;
}

export interface Sending {
  readonly query?: string;
  readonly type?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** Posts a body to /v1/embeddings of the Worker at `url`. */
export function post(
  url: string,
  body: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>,
  sending: Sending = {},
): Promise<Response> {
  const { query = "model=yamnet", type = "audio/wav", accept = "*/*", signal } = sending;
  return fetch(`${url}/v1/embeddings?${query}`, {
    method: "POST",
    headers: { "content-type": type, accept },
    body,
    duplex: "half",
    ...(signal === undefined ? {} : { signal }),
  } as unknown as RequestInit);
}

export async function embedded(
  url: string,
  body: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>,
  sending?: Sending,
): Promise<Answer> {
  const [header, ...rest] = await recordsOf(await post(url, body, sending));
  const summary = rest.pop();
  if (header?.type !== "header" || summary?.type !== "summary") throw new Error("no header or no summary");
  return { header, summary, windows: rest as WindowRecord[] };
}

/** The problem that the Worker answers with; fails where it is no problem at all. */
export async function problem(response: Response): Promise<Problem> {
  if (response.headers.get("content-type") !== "application/problem+json") {
    throw new Error(
      `${response.status} ${response.headers.get("content-type")}: ${(await response.text()).slice(0, 200)}`,
    );
  }
  return (await response.json()) as Problem;
}

export async function health(url: string): Promise<{ streams: { active: number; served: number; windows: number } }> {
  return (await (await fetch(`${url}/healthz`)).json()) as {
    streams: { active: number; served: number; windows: number };
  };
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
