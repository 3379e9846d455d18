import type { Engine, NetOutputs, Session } from "../engines/index.ts";
import type { ManifestVariant, ModelEntry } from "./manifest.ts";
import type { PrincipalComponents } from "./principal-components.ts";

/** A model ready to run, and what it is. */
export interface LoadedModel {
  readonly entry: ModelEntry;
  readonly variantName: string;
  readonly variant: ManifestVariant;
  readonly session: Session;
  readonly engine: Engine;
  /** The principal axes, read when they are first asked for. Throws `models_missing` where the model has none. */
  readComponents(): Promise<PrincipalComponents>;
  /** The names of its classes, in the order of the scores, where they are kept beside it. */
  readClassNames(): Promise<readonly string[] | undefined>;
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
  return {
    ...model,
    session: oneAtATime(model.session, used),
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

/** A session that is asked for the next batch when it has answered the last one; one that answers at once never waits. */
function oneAtATime(session: Session, used: () => void): Session {
  let last: Promise<unknown> | undefined;
  const run = (windows: readonly Float32Array[]): NetOutputs | Promise<NetOutputs> => {
    used();
    const answer = session.run(windows);
    if (!(answer instanceof Promise)) return answer;
    last = answer;
    answer
      .catch(() => undefined)
      .finally(() => {
        if (last === answer) last = undefined;
      });
    return answer;
  };
  const afterLast = async (windows: readonly Float32Array[]) => {
    // Another waiter may have been quicker.
    while (last !== undefined) await last.catch(() => undefined);
    return run(windows);
  };
  return {
    contract: session.contract,
    batch: session.batch,
    get memory() {
      return session.memory;
    },
    run: (windows) => (last === undefined ? run(windows) : afterLast(windows)),
  };
}
