import type { CollectionNamespace } from "../collections/index.ts";
import type { ClipBucket } from "./kept-files.ts";

/** What of the bindings is for watches. */
export interface WatchSettings {
  /** The watches, JSON (docs/watch.md). */
  readonly WATCHES?: string;
  /** Durable Objects that watch, one a hydrophone; without them nothing is watched. */
  readonly WATCH?: CollectionNamespace;
  /** An R2 bucket for events' sound and pictures; without it they lie in the objects' SQLite. */
  readonly CLIPS?: ClipBucket;
  /** The network of deliveries, where it is another one than the Worker's. */
  readonly DELIVERIES?: { fetch(url: string, init: RequestInit): Promise<Response> };
}
