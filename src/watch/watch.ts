import type { Sql } from "../collection/index.ts";
import { type ChosenHeads, DEFAULT_OPTIONS, type EmbedOptions, headStage } from "../embed/index.ts";
import { asOrcaError, OrcaError } from "../errors.ts";
import type { Runtime } from "../extract.ts";
import type { LoadedHead } from "../heads/index.ts";
import { type Clock, follow, Inspector, Listening, type LiveEvent, PushedSound, SharedFiles } from "../live/index.ts";
import { DEFAULT_VARIANT, hopSeconds } from "../models/index.ts";
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
import { BackgroundStore } from "./store/background-store.ts";
import { EventStore } from "./store/event-store.ts";
import { MessageStore } from "./store/message-store.ts";
import { SuppressionStore } from "./store/suppression-store.ts";
import { ThresholdStore } from "./store/threshold-store.ts";
import { TroubleStore } from "./store/trouble-store.ts";
import { advised, type ClassAdvice } from "./thresholds/advised.ts";

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

/** How long scores of background are kept, ms: a week is asked for. */
const BACKGROUND_KEPT = 9 * 86_400_000;
/** How often what is no longer kept is thrown away, ms. */
const TIDY_EVERY = 3_600_000;

/** A watch: hydrophones that are followed by themselves, what was found, and whom it is told. */
export class Watch {
  readonly config: WatchConfig;
  readonly store: EventStore;
  readonly messages: MessageStore;
  readonly suppressions: SuppressionStore;
  readonly troubles: TroubleStore;
  readonly thresholds: ThresholdStore;
  readonly background: BackgroundStore;
  readonly writing: Writing;
  /** Told whenever something may have changed. */
  readonly changes = new Changes();
  readonly #host: WatchHost;
  readonly #files: SharedFiles;
  readonly #inspector: Inspector;
  readonly #pushed = new Map<string, PushedSound>();
  readonly #listening = new Map<string, Listening>();
  readonly #advised = new Map<string, readonly ClassAdvice[]>();
  readonly #senders: ReadonlyMap<string, Sender>;
  readonly #telling: Telling;

  /** Throws `bad_option` for secrets that are not there, `collection_invalid` for what was kept by a newer version. */
  constructor(config: WatchConfig, sql: Sql, host: WatchHost) {
    this.config = config;
    this.#host = host;
    this.#files = new SharedFiles(host.clock);
    this.#inspector = new Inspector(host.runtime);
    this.store = new EventStore(sql);
    this.messages = new MessageStore(sql);
    this.suppressions = new SuppressionStore(sql);
    this.troubles = new TroubleStore(sql);
    this.thresholds = new ThresholdStore(sql);
    this.background = new BackgroundStore(sql);
    this.writing = writingOf(config);
    this.#telling = new Telling(this.messages, config.deliveries, this.writing.time);
    this.#senders = sendersOf(config.deliveries, this.writing, host);
    for (const { name } of config.hydrophones) this.pushToken(name);
  }

  /** Follows and tells until `signal` aborts. Throws what is wrong with models and heads before anything begins. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, store, messages } = this;
    const { clock, runtime, shelf, say } = this.#host;
    const programs = [...config.deliveries].filter(([, { kind }]) => kind === "exec").map(([name]) => name);
    const telling = this.#telling;
    const oneByOne = new Set(programs);
    const outbox = new Outbox({ events: store, messages, telling, senders: this.#senders, oneByOne, clock, say });
    const shared = {
      config,
      store,
      suppressions: this.suppressions,
      troubles: this.troubles,
      thresholds: this.thresholds,
      background: this.background,
      telling,
      time: this.writing.time,
      runtime,
      files: this.#files,
      inspector: this.#inspector,
      pushed: (name: string) => this.pushed(name),
      listening: (name: string) => this.listening(name),
      clock,
      changed: () => {
        outbox.wake();
        this.changes.tell();
      },
      makeRoom: () => void this.#makeRoom(),
      say,
    };
    const watches = await Promise.all(
      config.hydrophones.map(async (hydrophone) => {
        const { model } = hydrophone;
        const { description } = await runtime.store.entry(model);
        const paint = config.clips.pictures ? this.#host.paint(model) : undefined;
        const clips = shelf === undefined ? undefined : new ClipMaker(shelf, paint, say);
        // What is wrong with heads is said before anything begins.
        const rewind = rewindOf(description, (await this.#optionsOf(hydrophone)).heads, config.clips.before);
        const options = () => this.#optionsOf(hydrophone);
        return new HydrophoneWatch(hydrophone, options, this.#loading(hydrophone), rewind, { ...shared, clips });
      }),
    );
    await Promise.all([...watches.map((watch) => watch.run(signal)), outbox.run(signal), this.#tidy(signal)]);
  }

  #loading({ model, variant = DEFAULT_VARIANT, engine = "auto" }: WatchedHydrophone) {
    return () => this.#host.runtime.store.load(model, variant, engine);
  }

  /** How a hydrophone is embedded, with the thresholds that hold. Throws what heads throw. */
  async #optionsOf(hydrophone: WatchedHydrophone): Promise<EmbedOptions & { readonly heads: ChosenHeads }> {
    const { channel, highpass } = hydrophone;
    const heads = await this.#headsOf(hydrophone);
    return {
      ...DEFAULT_OPTIONS,
      heads,
      // Listeners with rules of their own share the net.
      scores: heads.rules.length > 0,
      ...(channel === undefined ? {} : { channel }),
      ...(highpass === undefined ? {} : { highpass }),
    };
  }

  /**
   * What the last week's background suggests as thresholds of each class of a hydrophone. Throws `not_found`, and what heads
   * throw. @param most  false alarms a day
   */
  async advice(name: string, most: number): Promise<ClassAdvice[]> {
    const hydrophone = this.#hydrophone(name);
    const { kernels } = this.#host.runtime;
    const loaded = await this.#loading(hydrophone)();
    const { facts = [] } = (await headStage(loaded, kernels, (await this.#optionsOf(hydrophone)).heads)) ?? {};
    const net = {
      model: `${loaded.entry.description.id}/${loaded.variantName}`,
      hop: hopSeconds(loaded.entry.description),
    };
    const { store, background, thresholds } = this;
    return advised(name, facts, net, { store, background, thresholds }, most, this.now());
  }

  /** What was suggested last for a class of a hydrophone, with a false alarm a day. */
  advised(name: string): readonly ClassAdvice[] {
    return this.#advised.get(name) ?? [];
  }

  async #advise(): Promise<void> {
    // What is wrong with its heads is said where it is followed.
    for (const { name } of this.config.hydrophones)
      await this.advice(name, 1).then(
        (advice) => this.#advised.set(name, advice),
        () => undefined,
      );
  }

  /** Sets a threshold in the place of all others, by a person's word. Throws `not_found`, `bad_option`. */
  async setThreshold(name: string, head: string, of: string, threshold: number, by: string): Promise<void> {
    const heads = await this.#headsOf(this.#hydrophone(name));
    const classes = heads.trained.find((one) => one.head.id === head)?.head.classes;
    if (classes?.some((one) => one.name === of) !== true) {
      const own = heads.rules.some(({ model }) => model === head);
      throw new OrcaError(own ? "bad_option" : "not_found", `The threshold of ${head}/${of} cannot be set here.`, {
        field: "threshold",
        hint: own
          ? "The score in detect is its threshold: change it there."
          : "Name a class of a head that runs at this hydrophone.",
      });
    }
    if (!(threshold > 0 && threshold <= 1))
      throw new OrcaError("bad_option", `A threshold of ${threshold} cannot be.`, {
        field: "threshold",
        hint: "It is a probability above 0 and up to 1.",
      });
    this.thresholds.set({ hydrophone: name, head, class: of, threshold, by, at: this.now() });
    await this.#advise();
    this.changes.tell();
  }

  /** A threshold that was set holds no longer. @returns whether one did */
  async undoThreshold(name: string, head: string, of: string): Promise<boolean> {
    const undone = this.thresholds.undo(name, head, of, this.now());
    await this.#advise();
    this.changes.tell();
    return undone;
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

  /** Those who listen to a hydrophone: they share what is fetched of it, and its net. Throws `not_found`. */
  listening(name: string): Listening {
    const known = this.#listening.get(name);
    if (known !== undefined) return known;
    const published = this.#hydrophone(name).source !== undefined;
    const { runtime } = this.#host;
    const made = new Listening(runtime, (signal) => this.follow(name, 1, signal), published);
    this.#listening.set(name, made);
    return made;
  }

  /** What a hydrophone gives, until `signal` aborts. Throws `not_found`. @param back  segments before the newest to begin with */
  follow(name: string, back: number, signal: AbortSignal): AsyncGenerator<LiveEvent> {
    const { source } = this.#hydrophone(name);
    if (source === undefined) return this.pushed(name).follow(signal, false);
    return follow(source, this.#files, this.#inspector, { back }, signal);
  }

  #hydrophone(name: string): WatchedHydrophone {
    const found = this.writing.hydrophones.get(name);
    if (found === undefined) throw new OrcaError("not_found", `There is no hydrophone ${JSON.stringify(name)}.`);
    return found;
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
    const set = this.thresholds.holding(name).map((one) => [`${one.head}/${one.class}`, one.threshold] as const);
    return { trained, rules: detect, site, events, thresholds: { ...thresholds, ...Object.fromEntries(set) } };
  }

  /** The disk is full: a tenth of the sound that is kept is given up, the oldest first, so that events go on. */
  async #makeRoom(): Promise<void> {
    const { shelf, say } = this.#host;
    try {
      const { files, giveUp } = this.store.oldestSound(0.1);
      if (files.length === 0) return;
      say("The disk is full: a tenth of the sound, the oldest, is given up.");
      // To write that down may need the room that they leave.
      for (const file of files) await shelf?.delete(file);
      this.store.transaction(() => giveUp("It made room on a full disk."));
    } catch (thrown) {
      say(`There is no room even so: ${asOrcaError(thrown).message}`);
    }
  }

  async #tidy(signal: AbortSignal): Promise<void> {
    const { clock, say } = this.#host;
    while (!signal.aborted) {
      try {
        await this.#tidyUp();
      } catch (thrown) {
        say(`What is no longer kept could not be thrown away: ${asOrcaError(thrown).message}`);
      }
      await clock.sleep(TIDY_EVERY, signal).catch(() => undefined);
    }
  }

  async #tidyUp(): Promise<void> {
    const { events, clips, megabytes } = this.config.keep;
    const now = this.#host.clock.now();
    const keep = { events: now - 1000 * events, clips: now - 1000 * clips, bytes: megabytes * 1e6 };
    for (const file of this.store.transaction(() => this.store.forget(keep))) await this.#host.shelf?.delete(file);
    this.background.forget(Math.floor((now - BACKGROUND_KEPT) / 86_400_000));
    await this.#advise();
  }
}
