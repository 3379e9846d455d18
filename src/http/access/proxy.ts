/** How a client reaches the server: what it sees, which a proxy on the way may have changed. */
export interface Reached {
  /** Scheme, host and port, without a slash at the end. */
  readonly origin: string;
  /** The path below which the server lies for the client: empty, or with a slash before and none behind. */
  readonly prefix: string;
  /** The client's address; empty where nobody says it. */
  readonly client: string;
}

export interface ProxySettings {
  /** "1" where every request comes through a proxy of the operator's, whose X-Forwarded headers then hold. */
  readonly BEHIND_PROXY?: string;
}

/** Reads the setting. @returns what says how a request's client reached the server */
export function reachedBy({ BEHIND_PROXY = "" }: ProxySettings): (request: Request) => Reached {
  const believed = ["1", "true"].includes(BEHIND_PROXY);
  return (request) => {
    const { origin } = new URL(request.url);
    const header = (name: string) => request.headers.get(name)?.split(",").at(-1)?.trim() ?? "";
    // Cloudflare's edge, and nobody else, gives a request such a property with its country.
    const edge = (request as { cf?: { country?: unknown } }).cf?.country !== undefined;
    if (!believed) return { origin, prefix: "", client: edge ? header("cf-connecting-ip") : "" };
    const scheme = /^https?$/.exec(header("x-forwarded-proto"))?.[0];
    const host = /^[\w.:[\]-]+$/.exec(header("x-forwarded-host"))?.[0];
    const url = new URL(origin);
    return {
      origin: `${scheme ?? url.protocol.slice(0, -1)}://${host ?? url.host}`,
      prefix: /^(\/[\w.~-]+)+$/.exec(header("x-forwarded-prefix"))?.[0] ?? "",
      client: header("x-forwarded-for"),
    };
  };
}
