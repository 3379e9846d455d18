import { utcText } from "../../times/index.ts";
import type { Message, Trouble, Watch, WatchEvent, WatchGap } from "../../watch/index.ts";
import { adviceJson } from "./thresholds.ts";

/** Gaps, events and messages that are shown of each. */
const [GAPS, EVENTS, MESSAGES] = [5, 8, 3];

/** How a hydrophone does. Times are ISO 8601. */
export interface HydrophoneStatus {
  readonly name: string;
  readonly title: string;
  readonly place?: string | undefined;
  /** `unheard`, `live`, `waiting`, `failed`, `resting` or `ended`. */
  readonly state: string;
  readonly since?: string | undefined;
  readonly message?: string | undefined;
  /** End of the last sound that was heard. */
  readonly heard?: string | undefined;
  /** From there to now. */
  readonly behindSeconds?: number | undefined;
  /** Who listens to it now. */
  readonly listeners?: number | undefined;
  /** Thresholds that the last week suggests, where they differ from what holds, and those that were set. */
  readonly thresholds?: readonly ReturnType<typeof adviceJson>[];
  readonly troubles?: readonly (Pick<Trouble, "kind" | "message"> & { readonly since: string })[];
  /** The last ones. */
  readonly gaps: readonly (Pick<WatchGap, "message"> & {
    readonly utc?: string | undefined;
    readonly seconds?: number | undefined;
  })[];
  /** By the watch's clock. */
  readonly eventsToday: number;
  readonly classesToday?: readonly { readonly class: string; readonly count: number }[];
  /** The newest. */
  readonly events: readonly EventStatus[];
}

/** What is shown of an event; fields that are not there were left out of the JSON. */
interface EventStatus extends Pick<WatchEvent, "id" | "class" | "peak" | "phase"> {
  readonly utc: string;
  readonly seconds: number;
  readonly sound: boolean;
  readonly verdict?: string | undefined;
  readonly suppressed?: string | undefined;
}

export interface DeliveryStatus {
  readonly name: string;
  readonly kind: string;
  /** Whose messages these are, where each hydrophone has its own. */
  readonly hydrophone?: string | undefined;
  readonly delivered: number;
  /** To be sent, and tried in vain for a day. */
  readonly due: number;
  readonly undelivered: number;
  readonly lastDelivered?: string | undefined;
  /** What was tried in vain, the newest first. */
  readonly problems: readonly (Pick<Message, "kind" | "attempts"> & {
    readonly created: string;
    readonly said?: string | undefined;
    readonly next?: string | undefined;
  })[];
}

export interface WatchStatus {
  readonly at: string;
  readonly zone: string;
  readonly hydrophones: readonly HydrophoneStatus[];
  readonly deliveries: readonly DeliveryStatus[];
}

/** How a watch does. @param at  now, ms since 1970 */
export function watchStatus(watch: Watch, at: number): WatchStatus {
  const { config } = watch;
  return {
    at: utcText(at),
    zone: config.zone,
    hydrophones: config.hydrophones.map(({ name, title, place }) => hydrophoneStatus(name, title, place, watch, at)),
    deliveries: Array.from(config.deliveries, ([name, { kind }]) => deliveryStatus(name, kind, watch)),
  };
}

function hydrophoneStatus(
  name: string,
  title: string,
  place: string | undefined,
  watch: Watch,
  at: number,
): HydrophoneStatus {
  const { store, troubles, writing } = watch;
  const { state = "unheard", since, message, heard } = store.hydrophone(name);
  const classes = store.countsSince(name, writing.time.dayStart(at));
  return {
    ...{ name, title, place, state, message },
    since: text(since),
    heard: text(heard),
    behindSeconds: heard === undefined ? undefined : Math.max(0, (at - heard) / 1000),
    listeners: watch.listening(name).listeners,
    thresholds: watch
      .advised(name)
      .filter(({ set, suggested, threshold }) => set !== undefined || (suggested ?? threshold) !== threshold)
      .map(adviceJson),
    troubles: troubles.open(name).map((one) => ({ kind: one.kind, message: one.message, since: utcText(one.since) })),
    gaps: [...store.gaps(name, GAPS)].reverse().map((gap) => ({ ...gap, utc: text(gap.utc) })),
    eventsToday: classes.reduce((sum, { count }) => sum + count, 0),
    classesToday: classes,
    events: [...store.events({ hydrophone: name }, EVENTS)].map((event) => ({
      id: event.id,
      class: event.class,
      utc: utcText(event.start),
      seconds: (event.end - event.start) / 1000,
      peak: event.peak,
      phase: event.phase,
      sound: event.clip !== undefined,
      verdict: event.verdict?.label ?? event.verdict?.verdict,
      suppressed: event.suppressed,
    })),
  };
}

function deliveryStatus(name: string, kind: string, { messages }: Watch): DeliveryStatus {
  const counts = new Map(
    messages
      .counts()
      .filter(({ delivery }) => delivery === name)
      .map(({ state, count }) => [state, count]),
  );
  return {
    name,
    kind,
    delivered: counts.get("delivered") ?? 0,
    due: counts.get("due") ?? 0,
    undelivered: counts.get("undelivered") ?? 0,
    lastDelivered: text(messages.lastDelivered(name)),
    problems: Array.from(messages.troubled(name, MESSAGES), (one) => ({
      kind: one.kind,
      created: utcText(one.created),
      attempts: one.attempts,
      said: one.said,
      next: text(one.next),
    })),
  };
}

const text = (utc: number | undefined) => (utc === undefined ? undefined : utcText(utc));
