import { type LookupAddress, lookup } from "node:dns";
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { OrcaError } from "../../errors.ts";
import { type Answer, isPrivate, type Posting, privateRefused } from "../../watch/index.ts";

/** Characters of an answer that are kept for messages. */
const SHOWN = 200;

/** Looks names up, and lets no private address through: what was looked at is what is connected to. */
const publicLookup: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) {
      callback(error, "", 4);
      return;
    }
    const addresses = found as LookupAddress[];
    const wrong = addresses.find(({ address }) => isPrivate(address));
    if (wrong !== undefined) callback(privateRefused(host, wrong.address), "", 4);
    else if (options.all === true)
      (callback as unknown as (error: null, all: LookupAddress[]) => void)(null, addresses);
    else callback(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 4);
  });
};

/**
 * Sends one request and follows no redirect. Throws `host_refused` for a private address that is not allowed, and an Error
 * with a sentence where nothing comes.
 * @param within  ms for all of it
 */
export function post(posting: Posting, within: number, signal: AbortSignal, allowPrivate: boolean): Promise<Answer> {
  const { method, url, headers, body } = posting;
  const { protocol, hostname, host } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isIP(name) !== 0 && isPrivate(name)) return Promise.reject(privateRefused(name, name));
  const late = AbortSignal.timeout(within);
  const options = {
    method,
    headers: {
      ...headers,
      "user-agent": "orca-embeddings",
      ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
    },
    signal: AbortSignal.any([signal, late]),
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  };
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      if (late.aborted) reject(new Error(`${host} did not answer within ${within / 1000} s`));
      else reject(error instanceof OrcaError ? error : new Error(`${host}: ${error.message}`));
    };
    const sending = (protocol === "https:" ? secure : plain)(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      const end = () => {
        const retryAfter = Number(response.headers["retry-after"] ?? Number.NaN);
        const answer = { status: response.statusCode ?? 0, text: text.slice(0, SHOWN).replaceAll(/\s+/g, " ").trim() };
        resolve({ ...answer, retryAfter: retryAfter > 0 ? retryAfter : undefined });
      };
      response.on("data", (part: string) => {
        if (text.length < SHOWN) text += part;
        // What an answer says beyond its beginning is nobody's business here.
        if (text.length >= SHOWN) response.destroy();
      });
      response.on("end", end);
      response.on("close", end);
      response.on("error", failed);
    });
    sending.on("error", failed);
    sending.end(body);
  });
}
