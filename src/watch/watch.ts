import type { Sql } from "../collection/index.ts";
import { type ChosenHeads, DEFAULT_OPTIONS } from "../embed/index.ts";
import { OrcaError } from "../errors.ts";
import type { Runtime } from "../extract.ts";
import type { LoadedHead } from "../heads/index.ts";
import { type Clock, Inspector, PushedSound, SharedFiles } from "../live/index.ts";
import { DEFAULT_VARIANT } from "../models/index.ts";
import { Changes } from "./changes.ts";
import type { WatchConfig, WatchedHydrophone } from "./config.ts";
import { Outbox, type Sender } from "./deliveries/outbox.ts";
import { type DeliveryHost, sendersOf } from "./deliveries/senders.ts";
import { Telling } from "./deliveries/telling.ts";
import { type Writing, writingOf } from "./deliveries/told.ts";
import type { Verdict } from "./event.ts";
import { ClipMaker, type ClipShelf, type Painter } from "./following/clip-maker.ts";
import { HydrophoneWatch } from "./following/hydrophone-watch.ts";
import { rewindOf } from "./following/rewind.ts";
import { type Judged, judgeEvent, type Labelling } from "./judging.ts";
import { EventStore } from "./store/event-store.ts";
import { MessageStore } from "./store/message-store.ts";
import { SuppressionStore } from "./store/suppression-store.ts";
import { TroubleStore } from "./store/trouble-store.ts";

/** What a watch needs of where it runs. */
export interface WatchHost extends DeliveryHost {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** Where sound lies; undefined where none is kept. */
  readonly shelf: ClipShelf | undefined;
  /** How pictures are made of sound, as a model sees it. */
  paint(model: string): Painter;
  /** Where judged events are kept for training; undefined where nowhere. */
  readonly labelling: Labelling | undefined;
  /** A head by the name that the configuration has. Throws `head_invalid`, `bad_option`. */
  head(name: string): Promise<LoadedHead>;
  /** Is given what happens, a line at a time. */
  say(line: string): void;
}

/** How often what is no longer kept is thrown away, ms. */
const TIDY_EVERY = 3_600_000;

/** A watch: hydrophones that are followed by themselves, what was found, and whom it is told. */
export class Watch {
  readonly config: WatchConfig;
  readonly store: EventStore;
  readonly messages: MessageStore;
  readonly suppressions: SuppressionStore;
  readonly troubles: TroubleStore;
  readonly writing: Writing;
  /** Told whenever something may have changed. */
  readonly changes = new Changes();
  readonly #host: WatchHost;
  readonly #pushed = new Map<string, PushedSound>();
  readonly #senders: ReadonlyMap<string, Sender>;
  readonly #telling: Telling;

  /** Throws `bad_option` for secrets that are not there, `collection_invalid` for what was kept by a newer version. */
  constructor(config: WatchConfig, sql: Sql, host: WatchHost) {
    this.config = config;
    this.#host = host;
    this.store = new EventStore(sql);
    this.messages = new MessageStore(sql);
    this.suppressions = new SuppressionStore(sql);
    this.troubles = new TroubleStore(sql);
    this.writing = writingOf(config);
    this.#telling = new Telling(this.messages, config.deliveries, this.writing.time);
    this.#senders = sendersOf(config.deliveries, this.writing, host);
    for (const { name } of config.hydrophones) this.pushToken(name);
  }

  /** Follows and tells until `signal` aborts. Throws what is wrong with models and heads before anything begins. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, store, messages } = this;
    const { clock, runtime, shelf, say } = this.#host;
    const outbox = new Outbox({ events: store, messages, telling: this.#telling, senders: this.#senders, clock, say });
    const shared = {
      config,
      store,
      suppressions: this.suppressions,
      troubles: this.troubles,
      telling: this.#telling,
      time: this.writing.time,
      runtime,
      files: new SharedFiles(clock),
      inspector: new Inspector(runtime),
      pushed: (name: string) => this.pushed(name),
      clock,
      changed: () => {
        outbox.wake();
        this.changes.tell();
      },
      say,
    };
    const watches = await Promise.all(
      config.hydrophones.map(async (hydrophone) => {
        const { model, variant = DEFAULT_VARIANT, engine = "auto", channel, highpass } = hydrophone;
        const heads = await this.#headsOf(hydrophone);
        const { description } = await runtime.store.entry(model);
        const load = () => runtime.store.load(model, variant, engine);
        const options = {
          ...DEFAULT_OPTIONS,
          heads,
          ...(channel === undefined ? {} : { channel }),
          ...(highpass === undefined ? {} : { highpass }),
        };
        const paint = config.clips.pictures ? this.#host.paint(model) : undefined;
        const clips = shelf === undefined ? undefined : new ClipMaker(shelf, paint, say);
        const rewind = rewindOf(description, heads, config.clips.before);
        return new HydrophoneWatch(hydrophone, options, load, rewind, { ...shared, clips });
      }),
    );
    await Promise.all([...watches.map((watch) => watch.run(signal)), outbox.run(signal), this.#tidy(signal)]);
  }

  /** Takes what a person says of an event. Throws `not_found`. */
  async judge(id: string, verdict: Verdict): Promise<Judged> {
    const { store, suppressions } = this;
    const { runtime, shelf, labelling } = this.#host;
    const { hydrophones } = this.writing;
    const judged = await judgeEvent(id, verdict, { store, suppressions, hydrophones, runtime, shelf, labelling });
    this.changes.tell();
    return judged;
  }

  /** The sound that is sent to a hydrophone. */
  pushed(name: string): PushedSound {
    const known = this.#pushed.get(name) ?? new PushedSound(this.#host.clock);
    this.#pushed.set(name, known);
    return known;
  }

  /** The token with which sound is sent to a hydrophone; undefined where none is sent to it. Throws `bad_option`. */
  pushToken(name: string): string | undefined {
    const { push } = this.writing.hydrophones.get(name) ?? {};
    if (push === undefined) return undefined;
    const token = this.#host.secret(push.token.env);
    if (token !== undefined && token !== "") return token;
    throw new OrcaError(
      "bad_option",
      `The token of ${name} is in the variable ${push.token.env}, and that is not set.`,
      {
        field: "push",
        hint: `Set ${push.token.env}.`,
      },
    );
  }

  /** Sound or a picture of an event. */
  async file(name: string): Promise<Uint8Array | undefined> {
    return this.#host.shelf?.get(name);
  }

  now(): number {
    return this.#host.now();
  }

  /** The heads of a hydrophone. Throws `bad_option` for thresholds of classes that there are not. */
  async #headsOf({ name, heads, detect, site, events, thresholds, model }: WatchedHydrophone): Promise<ChosenHeads> {
    const trained = await Promise.all(heads.map((file) => this.#host.head(file)));
    const known = new Set(
      trained.flatMap(({ head }) => head.classes.flatMap((one) => [one.name, `${head.id}/${one.name}`])),
    );
    const unknown = Object.keys(thresholds ?? {}).find((one) => !known.has(one));
    if (unknown !== undefined) {
      throw new OrcaError(
        "bad_option",
        `The hydrophone ${name} has a threshold of ${unknown}, and no head has that class.`,
        {
          field: "thresholds",
          hint: known.size === 0 ? "The score in detect is its threshold." : `There is: ${[...known].join(", ")}.`,
        },
      );
    }
    const other = detect.find((rule) => rule.model !== model);
    if (other !== undefined) {
      throw new OrcaError(
        "bad_option",
        `The hydrophone ${name} is to detect classes of ${other.model}, and runs ${model}.`,
        {
          field: "detect",
        },
      );
    }
    return { trained, rules: detect, site, events, thresholds };
  }

  async #tidy(signal: AbortSignal): Promise<void> {
    const { clock, shelf } = this.#host;
    while (!signal.aborted) {
      const { events, clips, megabytes } = this.config.keep;
      const now = clock.now();
      const keep = { events: now - 1000 * events, clips: now - 1000 * clips, bytes: megabytes * 1e6 };
      for (const file of this.store.transaction(() => this.store.forget(keep))) await shelf?.delete(file);
      await clock.sleep(TIDY_EVERY, signal).catch(() => undefined);
    }
  }
}
