/** Who may use the server, under which name, how much, and how he reaches it. */
export { ClientLimits } from "./client-limits.ts";
export { type Access, accessGuard } from "./guard.ts";
export { type HostPolicy, type HostSettings, hostPolicy, hostRefused, isLoopback } from "./hosts.ts";
export { type ProxySettings, type Reached, reachedBy } from "./proxy.ts";
export { sameSecret, type TokenPolicy, type TokenSettings, tokenPolicy } from "./tokens.ts";
