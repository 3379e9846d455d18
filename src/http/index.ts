/** Requests to options, records to responses, errors to problem details. */
export { createApp } from "./app.ts";
export { type Build, type Env, servicesOf } from "./bindings.ts";
export * from "./files/index.ts";
export { originPolicy } from "./origins.ts";
export { pageResponse } from "./page.ts";
export { problemResponse } from "./problem.ts";
export type { Services } from "./services.ts";
