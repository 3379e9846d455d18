import type { MiddlewareHandler } from "hono";
import { OrcaError } from "../errors.ts";

/**
 * Pages whose scripts may use this server: those that it serves itself, always; of others those that the operator names.
 * A browser tells with each such request, a WebSocket's too, which page it comes from (Fetch, 3.2); a client that is no
 * browser sends no Origin and is served as ever.
 */
export interface OriginPolicy {
  /** @param origin  of the page; @param address  that was asked for */
  allows(origin: string, address: string): boolean;
}

export interface OriginSettings {
  /** Origins with commas, like `https://example.org`; `*` for any. */
  readonly ALLOWED_ORIGINS?: string;
}

/** Reads the setting; throws `bad_option` for what is no origin. */
export function originPolicy({ ALLOWED_ORIGINS = "" }: OriginSettings): OriginPolicy {
  const named = ALLOWED_ORIGINS.split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  for (const text of named) {
    if (text === "*" || (!text.includes("*") && URL.canParse(text) && new URL(text).origin === text)) continue;
    throw new OrcaError("bad_option", `ALLOWED_ORIGINS names ${JSON.stringify(text)}, which is no origin.`, {
      field: "ALLOWED_ORIGINS",
      hint: "Like https://example.org, without a path or a slash at the end; several with commas; * for any.",
    });
  }
  const any = named.includes("*");
  return {
    // Hosts are compared: behind a proxy that ends TLS the page is https and this server hears http.
    allows: (origin, address) => any || named.includes(origin) || hostOf(origin) === new URL(address).host,
  };
}

/** Of `null`, which files and sandboxed frames send, there is none. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

const EXPOSED = "content-disposition, ratelimit, ratelimit-policy, retry-after, x-request-id";
const PREFLIGHT = {
  "access-control-allow-headers": "accept, authorization, content-disposition, content-type, x-request-id",
  "access-control-allow-private-network": "true",
  "access-control-max-age": "600",
};

/**
 * Refuses pages of other origins, and answers with CORS those that are allowed.
 * @param methodsAt  what may be asked for at a path
 */
export function originGuard<Env extends object>(
  policy: (env: Env) => OriginPolicy,
  methodsAt: (path: string) => readonly string[],
): MiddlewareHandler<{ Bindings: Env }> {
  return async (context, next) => {
    const origin = context.req.header("origin");
    if (origin === undefined) return next();
    if (!policy(context.env).allows(origin, context.req.url)) {
      throw new OrcaError("origin_refused", `Pages of ${origin} may not use this server.`, {
        hint: "Its operator can allow them: ALLOWED_ORIGINS.",
      });
    }
    const preflight =
      context.req.method === "OPTIONS" && context.req.header("access-control-request-method") !== undefined;
    if (preflight) {
      const methods = { "access-control-allow-methods": methodsAt(context.req.path).join(", ") };
      return new Response(null, { status: 204, headers: { ...methods, ...PREFLIGHT, ...corsOf(origin) } });
    }
    await next();
    if (context.res.status !== 101)
      for (const [name, value] of Object.entries(corsOf(origin))) context.res.headers.set(name, value);
    return undefined;
  };
}

const corsOf = (origin: string) => ({
  "access-control-allow-origin": origin,
  "access-control-expose-headers": EXPOSED,
  vary: "origin",
});
