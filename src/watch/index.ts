/** Watching: hydrophones followed by themselves, their events kept, and told to whoever wants to know. It knows no runtime. */
export { type WatchConfig, type WatchedHydrophone, watchConfig } from "./config.ts";
export type { Posting } from "./deliveries/forms.ts";
export { isPrivate, isPrivateHost, privateRefused } from "./deliveries/private-addresses.ts";
export { type Answer, type DeliveryHost, testDeliveries } from "./deliveries/senders.ts";
export { eventJson, textOf, titleOf } from "./deliveries/told.ts";
export { inWords } from "./durations.ts";
export type { Verdict, WatchEvent, WatchGap } from "./event.ts";
export type { ClipShelf, Painter } from "./following/clip-maker.ts";
export type { Judged, Labelling } from "./judging.ts";
export { LocalTime } from "./local-time.ts";
export { painterOf } from "./painting.ts";
export { EventStore } from "./store/event-store.ts";
export { type Message, MessageStore } from "./store/message-store.ts";
export type { Trouble } from "./store/trouble-store.ts";
export type { ClassAdvice } from "./thresholds/advised.ts";
export { annotationsOf } from "./verdict-annotations.ts";
export { Watch, type WatchHost } from "./watch.ts";
