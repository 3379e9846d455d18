/** Events of watched hydrophones over HTTP, and how they do. */
export { eventsAnswer } from "./answers.ts";
export type { HydrophoneStatus, WatchStatus } from "./status.ts";
export { watchStatus } from "./status.ts";
export { STATUS_PAGE, statusPage } from "./status-page.ts";
export { STATUS_STYLE } from "./status-style.ts";
export { adviceJson } from "./thresholds.ts";
export { watchMetrics } from "./watch-metrics.ts";
