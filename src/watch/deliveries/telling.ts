import { utcText } from "../../times/index.ts";
import type { DeliveryEntry } from "../delivery-config.ts";
import { inWords } from "../durations.ts";
import type { WatchEvent } from "../event.ts";
import type { LocalTime } from "../local-time.ts";
import { type MessageStore, QUIET } from "../store/message-store.ts";
import type { Trouble } from "../store/trouble-store.ts";

/** Days of a zone are no longer than this, ms: of the same day are events within it. */
const LONGEST_DAY = 26 * 3_600_000;

/** What becomes of an event at a delivery. */
type Decision =
  | { readonly state: "due" }
  | { readonly state: "left"; readonly reason: string }
  | { readonly state: "held"; readonly reason: string; readonly next: number };

/** Decides which events are told to whom, when, and which are not; what it decides is kept with the reason. */
export class Telling {
  readonly #messages: MessageStore;
  readonly #deliveries: ReadonlyMap<string, DeliveryEntry>;
  readonly #time: LocalTime;

  constructor(messages: MessageStore, deliveries: ReadonlyMap<string, DeliveryEntry>, time: LocalTime) {
    this.#messages = messages;
    this.#deliveries = deliveries;
    this.#time = time;
  }

  /**
   * An event has begun, or is over. Telling the same again changes nothing.
   * @param names  the deliveries of its hydrophone @param now  ms since 1970
   */
  tell(event: WatchEvent, when: "begin" | "end", names: readonly string[], now: number): void {
    // It is told as soon as something in it sounds otherwise.
    if (event.suppressed !== undefined) return;
    for (const name of names) {
      const delivery = this.#deliveries.get(name);
      if (delivery !== undefined) this.#tellOne(event, when, name, delivery, now);
    }
  }

  /**
   * A hydrophone's trouble has begun, or is over: told to whoever takes texts and does not leave troubles out, behind quiet hours.
   * @param title  of the hydrophone
   */
  tellTrouble(trouble: Trouble, title: string, names: readonly string[], now: number): void {
    const { number, hydrophone, kind, message, since, ended } = trouble;
    const over = ended === undefined ? {} : { ended: utcText(ended) };
    const heading = ended === undefined ? `Trouble at ${title}` : `${title} is well again`;
    const text =
      ended === undefined
        ? `${message} So it is since ${this.#time.text(since)} (${this.#time.zone}).`
        : `It is no longer ${kind}. So it was for ${inWords((ended - since) / 1000)}.`;
    const said = { hydrophone, kind, title: heading, since: utcText(since), ...over };
    for (const name of names) {
      const rules = this.#deliveries.get(name);
      if (rules === undefined || !takesTexts(rules) || rules.troubles === false) continue;
      if (rules.hydrophones?.includes(hydrophone) === false) continue;
      const { quiet } = rules;
      const waits = quiet !== undefined && this.#time.isWithin(quiet, now);
      const state = waits
        ? { state: "held" as const, reason: QUIET, next: this.#time.next(now, (at) => !this.#time.isWithin(quiet, at)) }
        : { state: "due" as const };
      const key = `trouble-${hydrophone}-${number}${ended === undefined ? "" : "-over"}.${name}`;
      this.#messages.add(
        { key, delivery: name, kind: "trouble", hydrophone, body: { text, trouble: said }, ...state },
        now,
      );
    }
  }

  #tellOne(event: WatchEvent, when: "begin" | "end", name: string, rules: DeliveryEntry, now: number): void {
    const { hydrophone, start, end, peak } = event;
    if (rules.hydrophones?.includes(hydrophone) === false || rules.classes?.includes(event.class) === false) return;
    if (peak < (rules.least ?? 0)) return;
    if (when === "begin" && rules.when === "end") return;
    const key = `${event.id}.${name}`;
    if (!this.#messages.has(key)) {
      const decision = this.#decide(event, name, rules, now);
      const about = { hydrophone, class: event.class, event: event.id, eventStart: start };
      this.#messages.add({ key, delivery: name, kind: "event", ...about, ...decision }, now);
    }
    if (rules.encounter !== undefined)
      this.#messages.goOnEncounter(
        name,
        hydrophone,
        event.class,
        (when === "end" ? end : start) + 1000 * rules.encounter,
      );
  }

  #decide(event: WatchEvent, name: string, rules: DeliveryEntry, now: number): Decision {
    const left = this.#leftOut(event, name, rules);
    const { digest, quiet, most } = rules;
    if (left !== undefined || (digest !== undefined && !hasFirst(rules)))
      return digest === undefined
        ? { state: "left", reason: left as string }
        : { state: "held", reason: left ?? "digest", next: this.#digestTime(digest, now) };
    if (quiet !== undefined && this.#time.isWithin(quiet, now)) {
      const next = this.#time.next(now, (at) => !this.#time.isWithin(quiet, at));
      return { state: "held", reason: QUIET, next };
    }
    if (most === undefined) return { state: "due" };
    const sent = this.#messages.sentSince(name, now - 1000 * most.seconds);
    if (sent.length < most.count) return { state: "due" };
    const reason = `more than ${most.count} in ${inWords(most.seconds)}`;
    if (takesTexts(rules))
      this.#sayLimit(name, reason, most.seconds, (sent.at(-most.count) as number) + 1000 * most.seconds, now);
    return digest === undefined
      ? { state: "left", reason }
      : { state: "held", reason, next: this.#digestTime(digest, now) };
  }

  /** The rule by which it is not told now, in words. */
  #leftOut({ hydrophone, class: kind, start }: WatchEvent, name: string, rules: DeliveryEntry): string | undefined {
    const { encounter, cooldown } = rules;
    const told = (from: number, to: number) => this.#messages.told(name, hydrophone, kind, from, to);
    if (rules["first-of-day"] === true) {
      const { day } = this.#time.at(start);
      if (told(start - LONGEST_DAY, start + LONGEST_DAY).some((at) => this.#time.at(at).day === day))
        return "not the first of the day";
    }
    const until = encounter === undefined ? undefined : this.#messages.encounterUntil(name, hydrophone, kind);
    if (until !== undefined && start <= until) return "of an encounter that was told";
    if (cooldown !== undefined && told(start - 1000 * cooldown, start + 1000 * cooldown).length > 0)
      return `less than ${inWords(cooldown)} after one that was told`;
    return undefined;
  }

  #digestTime(digest: NonNullable<DeliveryEntry["digest"]>, now: number): number {
    if (typeof digest === "object") return this.#time.nextTimeOfDay(digest.at, now);
    const every = 1000 * digest;
    return (Math.floor(now / every) + 1) * every;
  }

  /** Said once in the seconds that the limit is of. @param until  when there is room again, ms since 1970 */
  #sayLimit(name: string, reason: string, seconds: number, until: number, now: number): void {
    const text = `There were ${reason}: no more are sent before ${this.#time.text(until)} (${this.#time.zone}). All are kept.`;
    const key = `limit.${name}.${Math.floor(now / (1000 * seconds))}`;
    this.#messages.add({ key, delivery: name, kind: "limit", body: { text }, state: "due" }, now);
  }

  /** What has waited is now told together. @returns whether anything was */
  flush(name: string, now: number): boolean {
    const waiting = this.#messages.held(name, now);
    for (const { key } of waiting.filter(({ kind }) => kind === "trouble")) this.#messages.release(key, now);
    const held = waiting.filter(({ kind }) => kind !== "trouble");
    const [first] = held;
    if (first === undefined) return false;
    const events = held.flatMap((message) => message.events);
    const key = `digest.${first.key}`;
    this.#messages.add({ key, delivery: name, kind: "digest", body: { events }, state: "due" }, now);
    for (const message of held) this.#messages.end(message.key, "together", undefined, now);
    return true;
  }
}

/** Whether a delivery takes messages of no event: lists of detections take events alone. */
export const takesTexts = ({ kind }: DeliveryEntry) => kind === "webhook" || kind === "ntfy" || kind === "exec";

/** Whether some events are told at once: those that these rules do not leave out. */
const hasFirst = (rules: DeliveryEntry) =>
  rules.encounter !== undefined || rules.cooldown !== undefined || rules["first-of-day"] === true;
