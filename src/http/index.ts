/** Requests to options, records to responses, errors to problem details. */
export { createApp } from "./app.ts";
export * from "./files/index.ts";
export { type LimitSettings, limitsFrom } from "./limits.ts";
export { problemResponse } from "./problem.ts";
export type { Services } from "./services.ts";
