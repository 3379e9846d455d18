import type { HeadFacts } from "../../heads/index.ts";
import type { BackgroundStore } from "../store/background-store.ts";
import type { EventStore } from "../store/event-store.ts";
import type { SetThreshold, ThresholdStore } from "../store/threshold-store.ts";
import { type Advice, adviceOf } from "./advice.ts";

const DAY = 86_400_000;
/** What is looked back at, days. */
const WEEK = 7;
/** Events of a week that are looked at; whoever has more has no threshold. */
const MOST_EVENTS = 100_000;

/** What is suggested for a class that runs at a hydrophone. */
export interface ClassAdvice extends Advice {
  readonly head: string;
  readonly class: string;
  /** What holds now. */
  readonly threshold: number;
  /** Who set it, where a person did while it watches. */
  readonly set: Pick<SetThreshold, "by" | "at"> | undefined;
}

interface Stores {
  readonly store: EventStore;
  readonly background: BackgroundStore;
  readonly thresholds: ThresholdStore;
}

/**
 * What the last week suggests for each class at a hydrophone.
 * @param facts  of the heads that run @param net  the model and variant, and its hop in seconds
 * @param most  false alarms a day @param now  ms since 1970
 */
export function advised(
  hydrophone: string,
  facts: readonly HeadFacts[],
  net: { readonly model: string; readonly hop: number },
  { store, background, thresholds }: Stores,
  most: number,
  now: number,
): ClassAdvice[] {
  const counted = background.since(hydrophone, Math.floor(now / DAY) - WEEK);
  const events = [...store.events({ hydrophone, from: now - WEEK * DAY }, MOST_EVENTS)];
  const holding = thresholds.holding(hydrophone);
  return facts.flatMap(({ id: head, sha256, classes, events: { windows } }) =>
    classes.map(({ name, threshold }) => {
      const made = `${net.model}/${sha256 ?? ""}`;
      const found = counted.find((one) => one.made === made && one.head === head && one.class === name);
      const own = events.filter((one) => one.head === head && one.class === name && one.made.head === sha256);
      const counts = found?.counts ?? new Float64Array(0);
      const evidence = {
        seconds: net.hop * counts.reduce((sum, count) => sum + count, 0),
        background: counts,
        windows,
        events: own.map(({ peak, verdict }) => ({ peak, verdict: verdict?.verdict })),
        threshold,
      };
      const set = holding.find((one) => one.head === head && one.class === name);
      return {
        ...{ head, class: name, threshold },
        set: set === undefined ? undefined : { by: set.by, at: set.at },
        ...adviceOf(evidence, most),
      };
    }),
  );
}
