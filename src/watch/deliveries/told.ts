import { utcText } from "../../times/index.ts";
import type { WatchConfig, WatchedHydrophone } from "../config.ts";
import { inWords } from "../durations.ts";
import type { WatchEvent } from "../event.ts";
import { LocalTime } from "../local-time.ts";
import type { MessageKind, TroubleSaid } from "../store/message-store.ts";

/** A message with what it is of, ready to be put into a form. */
export interface Told {
  readonly key: string;
  readonly kind: MessageKind;
  readonly events: readonly WatchEvent[];
  /** Of a message that is of no events. */
  readonly text: string | undefined;
  readonly trouble?: TroubleSaid | undefined;
  /** When it was made, ms since 1970. */
  readonly created: number;
}

/** What messages are written with. */
export interface Writing {
  readonly hydrophones: ReadonlyMap<string, WatchedHydrophone>;
  readonly time: LocalTime;
}

export const writingOf = ({ hydrophones, zone }: WatchConfig): Writing => ({
  hydrophones: new Map(hydrophones.map((one) => [one.name, one])),
  time: new LocalTime(zone),
});

/** An event in JSON, as deliveries and the API give it. */
export function eventJson(event: WatchEvent, hydrophone: WatchedHydrophone | undefined) {
  const { id, head, class: name, phase, start, end, uncertainty, source, peak, peakStart, mean, windows, made } = event;
  const { clip, clipStart, clipSeconds, picture, clipless, verdict, suppressed } = event;
  return {
    id,
    hydrophone: {
      name: event.hydrophone,
      title: hydrophone?.title ?? event.hydrophone,
      place: hydrophone?.place,
      latitude: hydrophone?.latitude,
      longitude: hydrophone?.longitude,
    },
    head,
    class: name,
    phase,
    utc: utcText(start),
    end: utcText(end),
    uncertainty: uncertainty ?? null,
    source,
    peak,
    peakUtc: utcText(peakStart),
    mean,
    windows,
    ...(clip === undefined
      ? {}
      : { clip, clipUtc: clipStart === undefined ? undefined : utcText(clipStart), clipSeconds }),
    ...(picture === undefined ? {} : { picture }),
    ...(clipless === undefined ? {} : { clipless }),
    ...(verdict === undefined ? {} : { verdict: { ...verdict, at: utcText(verdict.at) } }),
    ...(suppressed === undefined ? {} : { suppressed }),
    made,
  };
}

/** A heading: `orca at Orcasound Lab`. */
export function titleOf({ kind, events, trouble }: Told, { hydrophones }: Writing): string {
  const places = new Set(events.map(({ hydrophone }) => hydrophones.get(hydrophone)?.title ?? hydrophone));
  const classes = new Set(events.map((event) => event.class));
  if (kind === "test") return "A test of the watch";
  if (kind === "limit") return "The watch holds back";
  if (trouble !== undefined) return trouble.title;
  const what = [...classes].join(", ");
  return `${events.length > 1 ? `${events.length} events, ` : ""}${what} at ${[...places].join(", ")}`;
}

/** What there is to say, in lines. */
export function textOf(told: Told, writing: Writing): string {
  if (told.text !== undefined) return told.text;
  return told.events.map((event) => lineOf(event, writing, told.events.length > 1)).join("\n");
}

function lineOf(event: WatchEvent, { hydrophones, time }: Writing, named: boolean): string {
  const { start, end, uncertainty, peak, phase } = event;
  const place = hydrophones.get(event.hydrophone)?.title ?? event.hydrophone;
  const within =
    uncertainty === undefined ? ", to nobody knows how many seconds" : `, to within ${inWords(Math.ceil(uncertainty))}`;
  const long = phase === "begin" ? "it goes on" : `${((end - start) / 1000).toFixed(1)} s long`;
  const who = named ? `${event.class} at ${place}: ` : "";
  return `${who}${time.text(start)} ${time.zone} (${utcText(start)}${within}), ${long}, probability up to ${peak.toFixed(2)}.`;
}
