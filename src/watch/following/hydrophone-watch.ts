import type { EmbedOptions } from "../../embed/index.ts";
import { asOrcaError, type OrcaError } from "../../errors.ts";
import type { Runtime } from "../../extract.ts";
import {
  type Clock,
  embedLive,
  follow,
  type Inspector,
  type Listening,
  type PushedSound,
  type SharedFiles,
} from "../../live/index.ts";
import type { GapRecord, HeaderRecord, LiveRecord, WindowRecord } from "../../records/index.ts";
import type { WatchConfig, WatchedHydrophone } from "../config.ts";
import type { Telling } from "../deliveries/telling.ts";
import { inWords } from "../durations.ts";
import type { LocalTime } from "../local-time.ts";
import type { BackgroundStore } from "../store/background-store.ts";
import type { EventStore } from "../store/event-store.ts";
import { keepingIfRoom } from "../store/if-room.ts";
import type { SuppressionStore } from "../store/suppression-store.ts";
import type { ThresholdStore } from "../store/threshold-store.ts";
import type { TroubleStore } from "../store/trouble-store.ts";
import { Background } from "../thresholds/background.ts";
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
  readonly thresholds: ThresholdStore;
  readonly background: BackgroundStore;
  readonly telling: Telling;
  readonly time: LocalTime;
  readonly clips: ClipMaker | undefined;
  readonly runtime: Runtime;
  readonly files: SharedFiles;
  /** The sound that is sent to a hydrophone. */
  readonly pushed: (name: string) => PushedSound;
  /** Who listens to a hydrophone while it is watched. */
  readonly listening: (name: string) => Listening;
  readonly inspector: Inspector;
  readonly clock: Clock;
  /** There may be something to send. */
  readonly changed: () => void;
  /** The disk is full: the oldest sound is given up. */
  readonly makeRoom: () => void;
  /** Is given what happens, a line at a time. */
  readonly say: (line: string) => void;
}

/** Follows a hydrophone by itself: events are written down and told, and where it was it goes on after a restart. */
export class HydrophoneWatch {
  readonly #hydrophone: WatchedHydrophone;
  readonly #options: () => Promise<EmbedOptions>;
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
  /** What it is followed with now is given up for what holds by now. */
  #again = () => {};
  /** The thresholds that had been set when it was begun to be followed; undefined while it is not. */
  #thresholds: string | undefined;

  /** @param options  as it is embedded, with the heads that run: asked for each time that it is begun to be followed */
  constructor(
    hydrophone: WatchedHydrophone,
    options: () => Promise<EmbedOptions>,
    load: () => ReturnType<Runtime["store"]["load"]>,
    rewind: { readonly seconds: number; readonly apart: number },
    parts: WatchParts,
  ) {
    this.#hydrophone = hydrophone;
    this.#health = new SignalHealth(parts.config.trouble);
    this.#troubles = new Troubles(hydrophone, parts.troubles, parts.telling, parts.say);
    this.#options = options;
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
      let again = false;
      this.#again = () => {
        again = true;
        leaving.abort();
      };
      if (!(await this.#awaitHours(signal))) return;
      this.#came ??= clock.now();
      const closing = this.#closeAtHours(leaving, ends);
      try {
        await this.#follow(ends);
        if (!ends.aborted) this.#turn("ended", "What it publishes has ended; it is asked again.");
      } catch (thrown) {
        if (!ends.aborted) this.#fail(asOrcaError(thrown));
      } finally {
        const hours = ends.aborted && !signal.aborted && !again;
        if (hours) this.#came = undefined;
        leaving.abort();
        await closing;
        if (!hours && !again && !signal.aborted) await clock.sleep(AGAIN, signal).catch(() => undefined);
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
    const keeper = new EventKeeper({ ...parts, changed: this.#parts.changed, apart: this.#apart });
    // What was published before this is caught up with: whoever listens is let in behind it.
    const since = place === undefined ? undefined : clock.now();
    this.#thresholds = this.#setThresholds();
    const options = await this.#options();
    const shared = this.#parts.listening(name).offer(await this.#load(), options, since);
    const heardBy = (samples: Float32Array, rate: number) => {
      this.#sound.push(samples, rate);
      this.#health.push(samples, rate);
      shared.hear(samples, rate);
    };
    const background = new Background(name, this.#parts.background);
    let before = heard;
    try {
      for await (const records of embedLive(events, this.#load, runtime, { ...options, heard: heardBy })) {
        shared.publish(records);
        // It goes out before it is written down.
        if (shared.listeners > 0) await clock.sleep(0, signal).catch(() => undefined);
        const now = clock.now();
        let over = false;
        store.transaction(() => {
          for (const record of records) {
            if (record.type === "gap") before = this.#gap(record, now);
            if (record.type === "header") {
              before = this.#begin(record, keeper, places, before, now);
              background.begin(record);
            }
            if (record.type === "window") {
              keeper.pushWindow(record, now);
              background.pushWindow(record, now);
            }
            if (record.type === "event") {
              keeper.push(record, now);
              background.push(record);
            }
            if (record.type === "waiting") this.#turn("waiting", record.message);
            if (record.type === "summary") {
              over = true;
              background.flush(now);
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
        if (over) await keeper.keepRest(() => clock.now());
        else await keeper.keepSound(() => clock.now());
        this.#sound.drop(Math.min(keeper.uncut, this.#heard) - this.#rewind);
      }
      shared.end();
    } catch (thrown) {
      shared.end(thrown);
      throw thrown;
    } finally {
      this.#thresholds = undefined;
      await keeper.settled();
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
    const from = Math.min(heard, keeper.unkept) - this.#rewind;
    store.keepPlace(this.#hydrophone.name, places.at(Math.max(0, from)), keeper.utc(heard));
    keeper.closeBefore(keeper.utc(heard), now);
  }

  /** Says when nothing has come for long. */
  async #lookAfter(signal: AbortSignal): Promise<void> {
    const { clock, store, config, changed } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(Math.max(1000, Math.min(LOOK_EVERY, 250 * config.trouble)), signal).catch(() => undefined);
      if (!signal.aborted && (this.#thresholds ?? this.#setThresholds()) !== this.#setThresholds()) this.#again();
      const now = clock.now();
      const since = this.#came;
      if (signal.aborted || since === undefined || now - since < 1000 * config.trouble) continue;
      const { message } = store.hydrophone(this.#hydrophone.name);
      const said = `Nothing has come for ${inWords((now - since) / 1000)}.${message === undefined ? "" : ` ${message}`}`;
      try {
        if (store.transaction(() => this.#troubles.keep("way", { kind: "gone", message: said }, since, now))) changed();
      } catch (thrown) {
        this.#fail(asOrcaError(thrown));
      }
    }
  }

  /** The thresholds that a person has set and that hold, to be compared. */
  #setThresholds(): string {
    const holding = this.#parts.thresholds.holding(this.#hydrophone.name);
    return JSON.stringify(holding.map((one) => [one.head, one.class, one.threshold]));
  }

  /** Sound has come. Within a transaction. */
  #keepTroubles(now: number): void {
    this.#troubles.keep("way", undefined, now, now);
    const { trouble } = this.#health;
    // What is taken out of what the model hears does no harm.
    const harmless = trouble?.kind === "offset" && this.#hydrophone.highpass !== undefined;
    this.#troubles.keep("sound", harmless ? undefined : trouble, now - 1000 * this.#parts.config.trouble, now);
  }

  #fail(error: OrcaError): void {
    const { code, message, hint } = error;
    const { store } = this.#parts;
    if (code === "unwritable") {
      // What was heard since is heard again when there is room: the place did not move on.
      this.#turn("failed", `Nothing can be written down, and so nothing is told: ${message}`);
      this.#parts.makeRoom();
      return;
    }
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
    keepingIfRoom(() => store.keepState(this.#hydrophone.name, state, message, clock.now()));
    const said = `${state}${message === undefined ? "" : `: ${message}`}`;
    if (this.#state !== said) this.#say(said);
    this.#state = said;
  }

  #say(line: string): void {
    this.#parts.say(`${this.#hydrophone.name}: ${line}`);
  }
}
