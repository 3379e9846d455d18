/** Events of watched hydrophones over HTTP. */
export { eventsAnswer } from "./answers.ts";
export { watchMetrics } from "./watch-metrics.ts";
