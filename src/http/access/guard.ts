import type { MiddlewareHandler } from "hono";
import { usageOf } from "../usage.ts";
import { type HostPolicy, hostRefused } from "./hosts.ts";
import type { Reached } from "./proxy.ts";
import type { Scope, TokenPolicy } from "./tokens.ts";

/** What decides about access. */
export interface Access {
  /** The names that the server answers to. */
  readonly hosts: HostPolicy;
  /** Who may use it. */
  readonly tokens: TokenPolicy;
  /** How a request's client reached the server. */
  readonly reached: (request: Request) => Reached;
}

/** Paths that need no token: whether the server is well, and what is the same for everyone. */
const OPEN = /^\/(healthz|readyz|openapi\.json|docs|licences|page\/.*)?$/;
/** Paths where work is done. */
const WORK = /^\/v1\/(embeddings|projector|hydrophones\/[^/]+\/embeddings)$/;

/** Where sound is sent to a hydrophone: with the hydrophone's own token, and no other. */
const SENT = /^\/v1\/hydrophones\/[^/]+\/sound$/;

/** Paths whose labels may be changed. */
const LABELS =
  /^\/v1\/(collections\/[^/]+\/annotations|hydrophones\/[^/]+\/(events\/[^/]+\/verdict|suppressions\/[^/]+|thresholds\/.+))$/;

/** Refuses requests for other names than the server's, and without a token where it needs one; says who the client is. */
export function accessGuard<Env extends object>(access: (env: Env) => Access): MiddlewareHandler<{ Bindings: Env }> {
  return async (context, next) => {
    const { hosts, tokens, reached } = access(context.env);
    const { raw, path, method } = context.req;
    const { host } = new URL(raw.url);
    // By the Host header where there is one: some runtimes put the address of their own socket in the URL.
    const named = raw.headers.get("host") ?? host;
    if (!hosts.allows(named)) throw hostRefused(named);
    const usage = usageOf(raw);
    usage.client = reached(raw).client;
    if (method !== "OPTIONS" && !OPEN.test(path) && !SENT.test(path)) {
      const token = await tokens.admit(raw, scopeOf(path, method));
      if (token !== undefined) usage.client = `token ${token}`;
    }
    return next();
  };
}

function scopeOf(path: string, method: string): Scope {
  return WORK.test(path) || (method !== "GET" && LABELS.test(path)) ? "embed" : "read";
}
