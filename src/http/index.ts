/** Requests to options, records to responses, errors to problem details. */
export { ClientLimits, type HostPolicy, hostPolicy, hostRefused, isLoopback } from "./access/index.ts";
export { createApp } from "./app.ts";
export { type Build, checkSettings, type Env, SETTINGS, servicesOf } from "./bindings.ts";
export { collectionAnswer, collectionObject, exportResponse } from "./collections/index.ts";
export { STATUS_STYLE } from "./events/index.ts";
export * from "./files/index.ts";
export { limitsFrom } from "./limits.ts";
export { followConnection, followHydrophone } from "./live/index.ts";
export { METRICS_TYPE, sumOfMetrics } from "./metrics.ts";
export { originPolicy } from "./origins.ts";
export { pageResponse } from "./page.ts";
export { pathParts } from "./path-parts.ts";
export { problemResponse } from "./problem.ts";
export type { Services } from "./services.ts";
export { Connection, type ServerSocket } from "./sockets/index.ts";
export {
  beginSending,
  secretNames,
  takeSound,
  takeSoundMessages,
  type WatchedServices,
  wakeAll,
  waking,
  watchedHydrophone,
  watchesFrom,
  watchObject,
} from "./watches/index.ts";
