import type { VggishPca } from "../models/index.ts";
import type { Engine, Session } from "./engine.ts";
import type { ManifestModel, ManifestVariant } from "./manifest.ts";

/** A model ready to run, and what it is. */
export interface LoadedModel {
  readonly entry: ManifestModel;
  readonly variantName: string;
  readonly variant: ManifestVariant;
  readonly session: Session;
  readonly engine: Engine;
  /** VGGish's PCA, read when it is first asked for. Throws `models_missing` where the model has none. */
  readPca(): Promise<VggishPca>;
  /** Keeps it in memory until the function that is returned is called. */
  use(): () => void;
}

/** A model as the store keeps it. */
export interface HeldModel extends LoadedModel {
  /** Whether nobody works with it, so that it may be dropped to make room. */
  idle(): boolean;
  /** When it was last asked for, run or given back; milliseconds. */
  lastUse(): number;
}

/** A user that has run nothing for so long (ms) was cut off without a word: workerd may end a request's code so. */
const GONE_AFTER = 300_000;

/** Adds to a model who uses it, and when it was used last. */
export function held(model: Omit<LoadedModel, "use">): HeldModel {
  const users = new Set<object>();
  let lastUse = Date.now();
  const used = () => {
    lastUse = Date.now();
  };
  const { session } = model;
  return {
    ...model,
    session: {
      shape: session.shape,
      batch: session.batch,
      get memory() {
        return session.memory;
      },
      run(windows) {
        used();
        return session.run(windows);
      },
    },
    use() {
      const user = {};
      users.add(user);
      used();
      return () => {
        if (users.delete(user)) used();
      };
    },
    idle: () => users.size === 0 || Date.now() - lastUse > GONE_AFTER,
    lastUse: () => lastUse,
  };
}
