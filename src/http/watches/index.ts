/** Hydrophones that are watched by the Worker: a Durable Object each. */
export type { ClipBucket } from "./kept-files.ts";
export { type WatchedServices, watchedHydrophone } from "./listeners.ts";
export { watchObject } from "./object.ts";
export { beginSending, takeSound, takeSoundMessages } from "./sent-sound.ts";
export { noWatches, WatchService } from "./service.ts";
export { secretNames, watchesFrom } from "./setting.ts";
export { wakeAll, waking } from "./waking.ts";
