import type { ChosenHeads, EmbedOptions } from "../../embed/index.ts";
import { asOrcaError, type OrcaError } from "../../errors.ts";
import type { Runtime } from "../../extract.ts";
import { type Clock, embedLive, follow, type Inspector, type PushedSound, type SharedFiles } from "../../live/index.ts";
import type { GapRecord, HeaderRecord, LiveRecord, WindowRecord } from "../../records/index.ts";
import type { WatchConfig, WatchedHydrophone } from "../config.ts";
import type { Telling } from "../deliveries/telling.ts";
import { inWords } from "../durations.ts";
import type { LocalTime } from "../local-time.ts";
import type { EventStore } from "../store/event-store.ts";
import type { SuppressionStore } from "../store/suppression-store.ts";
import type { TroubleStore } from "../store/trouble-store.ts";
import type { ClipMaker } from "./clip-maker.ts";
import { EventKeeper } from "./event-keeper.ts";
import { Places } from "./places.ts";
import { SignalHealth } from "./signal-health.ts";
import { SoundKept } from "./sound-kept.ts";
import { Suppressing } from "./suppressing.ts";
import { Troubles } from "./troubles.ts";

/** After a failure a hydrophone is followed again so much later, ms. */
const AGAIN = 30_000;
/** How often it is asked whether sound comes, ms, at most. */
const LOOK_EVERY = 30_000;
/** A stretch goes on behind what was heard before, if no more than this lies between, s. */
const JOINED = 1;

/** What a watched hydrophone is followed with. */
export interface WatchParts {
  readonly config: WatchConfig;
  readonly store: EventStore;
  readonly suppressions: SuppressionStore;
  readonly troubles: TroubleStore;
  readonly telling: Telling;
  readonly time: LocalTime;
  readonly clips: ClipMaker | undefined;
  readonly runtime: Runtime;
  readonly files: SharedFiles;
  /** The sound that is sent to a hydrophone. */
  readonly pushed: (name: string) => PushedSound;
  readonly inspector: Inspector;
  readonly clock: Clock;
  /** There may be something to send. */
  readonly changed: () => void;
  /** Is given what happens, a line at a time. */
  readonly say: (line: string) => void;
}

/** Follows a hydrophone by itself: events are written down and told, and where it was it goes on after a restart. */
export class HydrophoneWatch {
  readonly #hydrophone: WatchedHydrophone;
  readonly #options: EmbedOptions;
  readonly #load: () => ReturnType<Runtime["store"]["load"]>;
  readonly #parts: WatchParts;
  readonly #sound = new SoundKept();
  /** Seconds before a place that are heard again after a restart, so that what was going on is found again. */
  readonly #rewind: number;
  readonly #apart: number;
  readonly #health: SignalHealth;
  readonly #troubles: Troubles;
  /** When sound last came, ms since 1970; undefined before and while it is not followed. */
  #came: number | undefined;
  /** End of the last window, seconds of the stretch. */
  #heard = 0;
  /** Where the last failure was. */
  #failed: string | undefined;
  #state = "";

  /** @param options  as it is embedded, with the heads that run */
  constructor(
    hydrophone: WatchedHydrophone,
    options: EmbedOptions & { readonly heads: ChosenHeads },
    load: () => ReturnType<Runtime["store"]["load"]>,
    rewind: { readonly seconds: number; readonly apart: number },
    parts: WatchParts,
  ) {
    this.#hydrophone = hydrophone;
    this.#health = new SignalHealth(parts.config.trouble);
    this.#troubles = new Troubles(hydrophone, parts.troubles, parts.telling, parts.say);
    this.#options = {
      ...options,
      heard: (samples, rate) => {
        this.#sound.push(samples, rate);
        this.#health.push(samples, rate);
      },
    };
    this.#load = load;
    this.#rewind = rewind.seconds;
    this.#apart = rewind.apart;
    this.#parts = parts;
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#followAgain(signal), this.#lookAfter(signal)]);
  }

  async #followAgain(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      const leaving = new AbortController();
      const ends = AbortSignal.any([signal, leaving.signal]);
      if (!(await this.#awaitHours(signal))) return;
      this.#came ??= clock.now();
      const closing = this.#closeAtHours(leaving, ends);
      try {
        await this.#follow(ends);
        if (!ends.aborted) this.#turn("ended", "What it publishes has ended; it is asked again.");
      } catch (thrown) {
        if (!ends.aborted) this.#fail(asOrcaError(thrown));
      } finally {
        const hours = ends.aborted && !signal.aborted;
        if (hours) this.#came = undefined;
        leaving.abort();
        await closing;
        if (!hours && !signal.aborted) await clock.sleep(AGAIN, signal).catch(() => undefined);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, config, files, inspector, runtime, telling, clips, clock } = this.#parts;
    const { name, source } = this.#hydrophone;
    const { pushed } = this.#parts;
    const { place, heard } = store.hydrophone(name);
    const resuming = place === undefined ? {} : { resuming: { from: place, longest: config.catchUp } };
    const places = new Places();
    const events = places.of(
      source === undefined
        ? pushed(name).follow(signal)
        : follow(source, files, inspector, { back: 1, ...resuming }, signal),
    );
    const suppressing = new Suppressing(this.#parts.suppressions, name);
    const parts = { hydrophone: this.#hydrophone, store, telling, sound: this.#sound, suppressing, clips, config };
    const keeper = new EventKeeper({ ...parts, apart: this.#apart });
    let before = heard;
    for await (const records of embedLive(events, this.#load, runtime, this.#options)) {
      const now = clock.now();
      let all = false;
      store.transaction(() => {
        for (const record of records) {
          if (record.type === "gap") before = this.#gap(record, now);
          if (record.type === "header") before = this.#begin(record, keeper, places, before, now);
          if (record.type === "window") keeper.pushWindow(record, now);
          if (record.type === "event") keeper.push(record, now);
          if (record.type === "waiting") this.#turn("waiting", record.message);
          if (record.type === "summary") {
            all = true;
            for (const { message } of record.findings) this.#say(`finding: ${message}`);
          }
        }
        this.#keepPlace(records, keeper, places, now);
        if (records.some(({ type }) => type === "window")) {
          this.#came = now;
          this.#keepTroubles(now);
        }
      });
      this.#parts.changed();
      await keeper.keepSound(all, () => clock.now());
      this.#parts.changed();
      this.#sound.drop(Math.min(keeper.needed, this.#heard) - this.#rewind);
    }
  }

  /** @returns undefined: what lies between has a name now */
  #gap({ reason, message, utc, seconds }: GapRecord, now: number): undefined {
    const { store } = this.#parts;
    this.#say(`gap: ${message}`);
    const { name: hydrophone } = this.#hydrophone;
    store.gap({ hydrophone, reason, message, utc: utc === undefined ? undefined : Date.parse(utc), seconds }, now);
  }

  /** A stretch begins; where nobody said what lies before it, that is a gap too. */
  #begin(
    header: HeaderRecord,
    keeper: EventKeeper,
    places: Places,
    before: number | undefined,
    now: number,
  ): undefined {
    const { store } = this.#parts;
    places.begin();
    this.#heard = 0;
    this.#sound.begin();
    keeper.begin(header, now);
    this.#turn("live", undefined);
    // From the first moment on a run that is killed has a place.
    const { name } = this.#hydrophone;
    if (store.hydrophone(name).place === undefined) store.keepPlace(name, places.at(0), undefined);
    const start = keeper.utc(0);
    if (before === undefined || start - before < 1000 * (JOINED + (header.start?.uncertainty ?? 0))) return;
    const seconds = (start - before) / 1000;
    const message = `The watch did not hear it for ${inWords(seconds)}.`;
    this.#say(`gap: ${message}`);
    store.gap({ hydrophone: this.#hydrophone.name, reason: "stopped", message, utc: before, seconds }, now);
  }

  #keepPlace(records: readonly LiveRecord[], keeper: EventKeeper, places: Places, now: number): void {
    const last = records.findLast((record): record is WindowRecord => record.type === "window");
    if (last === undefined) return;
    const { store } = this.#parts;
    const heard = last.end - (last.padded ?? 0);
    this.#heard = heard;
    keeper.goOn(heard);
    const from = Math.min(heard, keeper.needed) - this.#rewind;
    store.keepPlace(this.#hydrophone.name, places.at(Math.max(0, from)), keeper.utc(heard));
    keeper.closeBefore(keeper.utc(heard), now);
  }

  /** Says when nothing has come for long. */
  async #lookAfter(signal: AbortSignal): Promise<void> {
    const { clock, store, config, changed } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(Math.max(1000, Math.min(LOOK_EVERY, 250 * config.trouble)), signal).catch(() => undefined);
      const now = clock.now();
      const since = this.#came;
      if (signal.aborted || since === undefined || now - since < 1000 * config.trouble) continue;
      const { message } = store.hydrophone(this.#hydrophone.name);
      const said = `Nothing has come for ${inWords((now - since) / 1000)}.${message === undefined ? "" : ` ${message}`}`;
      if (store.transaction(() => this.#troubles.keep("way", { kind: "gone", message: said }, since, now))) changed();
    }
  }

  /** Sound has come. Within a transaction. */
  #keepTroubles(now: number): void {
    this.#troubles.keep("way", undefined, now, now);
    const { trouble } = this.#health;
    // What is taken out of what the model hears does no harm.
    const harmless = trouble?.kind === "offset" && this.#hydrophone.highpass !== undefined;
    this.#troubles.keep("sound", harmless ? undefined : trouble, now - 1000 * this.#parts.config.trouble, now);
  }

  #fail({ code, message, hint }: OrcaError): void {
    const { store } = this.#parts;
    const { name } = this.#hydrophone;
    const { place } = store.hydrophone(name);
    const where = JSON.stringify(place);
    // What fails in the same place again would fail there for ever.
    if (place !== undefined && this.#failed === where) store.keepPlace(name, undefined, undefined);
    this.#failed = where;
    this.#turn("failed", [message, code === "live_failed" ? undefined : hint].filter(Boolean).join(" "));
  }

  /** @returns false where the watch is over */
  async #awaitHours(signal: AbortSignal): Promise<boolean> {
    const { hours } = this.#hydrophone;
    const { time, clock } = this.#parts;
    if (hours === undefined || time.isWithin(hours, clock.now())) return true;
    const next = time.next(clock.now(), (at) => time.isWithin(hours, at));
    this.#turn("resting", `It is followed again at ${time.text(next)} (${time.zone}).`);
    await clock.sleep(next - clock.now(), signal).catch(() => undefined);
    return !signal.aborted;
  }

  async #closeAtHours(leaving: AbortController, signal: AbortSignal): Promise<void> {
    const { hours } = this.#hydrophone;
    const { time, clock } = this.#parts;
    if (hours === undefined) return;
    const end = time.next(clock.now(), (at) => !time.isWithin(hours, at));
    if (time.isWithin(hours, end)) return;
    await clock.sleep(end - clock.now(), signal).catch(() => undefined);
    leaving.abort();
  }

  #turn(state: string, message: string | undefined): void {
    const { store, clock } = this.#parts;
    store.keepState(this.#hydrophone.name, state, message, clock.now());
    const said = `${state}${message === undefined ? "" : `: ${message}`}`;
    if (this.#state !== said) this.#say(said);
    this.#state = said;
  }

  #say(line: string): void {
    this.#parts.say(`${this.#hydrophone.name}: ${line}`);
  }
}
