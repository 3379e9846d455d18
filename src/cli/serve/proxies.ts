import type { IncomingHttpHeaders } from "node:http";
import { isLoopback } from "../../http/index.ts";

/** What a proxy says of how its client reached it. */
const FORWARDED = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-prefix"];

/**
 * Headers as a process is to see them: it believes what X-Forwarded says, so only what the operator's own proxies say of it is
 * passed on, and X-Forwarded-For is the client's address alone.
 * @param remote  the address that the connection comes from
 * @param proxies  addresses of the operator's proxies; `loopback` stands for those of this machine
 */
export function forwardedHeaders(
  headers: IncomingHttpHeaders,
  remote: string,
  proxies: readonly string[],
): Record<string, string | string[]> {
  const trusted = (address: string) =>
    proxies.includes(address) || (proxies.includes("loopback") && address !== "" && isLoopback(address));
  const passed = { ...(headers as Record<string, string | string[]>) };
  const peer = remote.replace(/^::ffff:/, "");
  if (!trusted(peer)) for (const name of FORWARDED) delete passed[name];
  // Each proxy adds the address that it was called from: the last that is none of ours is the client's.
  const chain = [...String(passed["x-forwarded-for"] ?? "").split(","), peer].map((one) => one.trim()).filter(Boolean);
  passed["x-forwarded-for"] = chain.findLast((address) => !trusted(address)) ?? chain[0] ?? "";
  passed["x-forwarded-proto"] ??= "http";
  passed["x-forwarded-host"] ??= headers.host ?? "";
  return passed;
}
