import type { Settings } from "../options/index.ts";
import type { Source } from "./plan.ts";

/**
 * What one job is, as 64 hexadecimal digits: a recording as it is now, a model, and what decides its numbers and the looks of
 * its results. Two jobs of one key have the same result to the bit, so whoever finds it need not make it.
 */
export async function jobKey(
  recording: Pick<Source, "name" | "bytes" | "etag" | "modified">,
  model: string,
  ...settings: readonly Settings[]
): Promise<string> {
  const { name, bytes, etag, modified } = recording;
  const sorted = settings.map((one) => Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = JSON.stringify([name, bytes, etag ?? modified, model, sorted]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
