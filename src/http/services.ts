import type { ReadingModules } from "../audio/index.ts";
import type { Fetcher, ModelStore, PassingSource } from "../models/index.ts";
import type { Choices } from "../options/index.ts";
import type { Access, ClientLimits } from "./access/index.ts";
import type { Streams } from "./admission.ts";
import type { CollectionService } from "./collections/index.ts";
import type { BundleStore } from "./files/index.ts";
import type { GivenFiles } from "./given-files.ts";
import type { Limits } from "./limits.ts";
import type { LiveService } from "./live/service.ts";
import type { Metrics } from "./metrics.ts";
import type { OriginPolicy } from "./origins.ts";
import type { WatchService } from "./watches/service.ts";

/** What the routes work with; one an isolate. */
export interface Services extends ReadingModules, Access {
  /** Where the models' files are. */
  readonly source: PassingSource;
  /** Whose files are given out. */
  readonly modelFiles: GivenFiles;
  readonly store: ModelStore;
  readonly limits: Limits;
  /** Which pages' scripts may use the server. */
  readonly origins: OriginPolicy;
  /** What one client may have. */
  readonly clients: ClientLimits;
  readonly metrics: Metrics;
  /** Takes a line for the log. */
  readonly log: (line: string) => void;
  readonly choices: Choices;
  readonly streams: Streams;
  /** The operator's live hydrophones. */
  readonly live: LiveService;
  /** Collections, where there are any. */
  readonly collections?: CollectionService | undefined;
  /** Hydrophones that are watched, where there are any. */
  readonly watches?: WatchService | undefined;
  /** Where the projector's bundles lie, where there are any. */
  readonly bundles?: BundleStore;
  /** Static assets with the page; without them the HTTP interface stands alone. */
  readonly page?: Fetcher | undefined;
}
