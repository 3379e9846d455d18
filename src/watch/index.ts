/** Watching: hydrophones followed by themselves, their events kept, and told to whoever wants to know. It knows no runtime. */
export { type WatchConfig, type WatchedHydrophone, watchConfig } from "./config.ts";
export type { Posting } from "./deliveries/forms.ts";
export { type Answer, type DeliveryHost, testDeliveries } from "./deliveries/senders.ts";
export { eventJson, textOf, titleOf } from "./deliveries/told.ts";
export { inWords } from "./durations.ts";
export type { Verdict, WatchEvent } from "./event.ts";
export type { ClipShelf, Painter } from "./following/clip-maker.ts";
export type { Judged, Labelling } from "./judging.ts";
export { LocalTime } from "./local-time.ts";
export { EventStore } from "./store/event-store.ts";
export { type Message, MessageStore } from "./store/message-store.ts";
export { Watch, type WatchHost } from "./watch.ts";
