import { counted } from "../../src/counted.ts";
import { asOrcaError } from "../../src/errors.ts";
import type { LiveRecord, StartRecord } from "../../src/records/index.ts";
import { startOfName, utcText } from "../../src/times/index.ts";
import type { Microphone } from "../audio/microphone.ts";
import { openSound } from "../audio/open-sound.ts";
import type { Sound } from "../audio/sound.ts";
import type { BundleView } from "../bundle/bundle-view.ts";
import { Following } from "../live/following.ts";
import type { Hydrophone } from "../live/hydrophone-socket.ts";
import { ClassNames } from "./class-names.ts";
import { Result } from "./result.ts";
import { ServerModels } from "./server-models.ts";
import { embed, pieces, type Trouble, TroubleError, troubleOf } from "./transport.ts";

/** A recording, what it sounds like, and what each model says of it. */
export interface Recording {
  readonly name: string;
  /** The bytes that were sent; a live stream keeps none. */
  readonly file: Blob | undefined;
  sound: Sound | undefined;
  /** When it began, where that is known: by its name, then by the server, which has its metadata too, or by the reader. */
  start: Date | undefined;
  /** Who says so. */
  startBy: string | undefined;
  readonly results: Map<string, Result>;
}

/** What is being sent now. */
export interface Sending {
  readonly recording: Recording;
  readonly model: string;
  readonly bytes: number;
  /** Undefined for a live stream. */
  readonly total: number | undefined;
}

export interface Failure extends Trouble {
  readonly id: number;
  readonly about: string;
  readonly again: (() => void) | undefined;
}

/** Codes of errors that are the recording's own, whatever the model. */
const REFUSALS: ReadonlySet<string> = new Set([
  "empty_body",
  "not_audio",
  "wav_malformed",
  "unsupported_encoding",
  "no_samples",
  "too_large",
]);

/** A start that the reader has set, or that was seen to begin: the server is told, and does not tell another. */
export const BY_READER = "set here";

/** What the server should know of a recording's time. */
function timesKnown({ name, file, start, startBy }: Recording): Record<string, string> {
  return {
    ...(file === undefined ? {} : { file: name }),
    ...(startBy === BY_READER && start !== undefined ? { start: start.toISOString() } : {}),
  };
}

function takeStart(recording: Recording, { start }: { readonly start?: StartRecord }): void {
  if (start === undefined || recording.startBy === BY_READER) return;
  recording.start = new Date(start.utc);
  recording.startBy = `${start.source}, within ${start.uncertainty} s. ${start.assumed ?? ""}`.trim();
}

/** Everything that the page shows; views are told when it changes. */
export class Session {
  readonly recordings: Recording[] = [];
  /** The recording that the timeline shows. */
  shown: Recording | undefined;
  sending: Sending | undefined;
  /** A bundle that is looked at in place of the recordings. */
  bundle: BundleView | undefined;
  /** The last thing that happened, for the status line. */
  said = "";
  failures: readonly Failure[] = [];
  readonly models = new ServerModels(() => this.changed());
  readonly classes = new ClassNames(this.models, () => this.changed());
  /** The hydrophone that is followed, or was the last. */
  following: Following | undefined;
  #controller = new AbortController();
  #queue: Promise<void> = Promise.resolve();
  #microphone: Microphone | undefined;
  readonly #listeners = new Set<() => void>();
  #announced = false;

  /** Calls `listener` after changes, at most once a frame; returns what stops it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  changed(): void {
    if (this.#announced) return;
    this.#announced = true;
    requestAnimationFrame(() => {
      this.#announced = false;
      for (const listener of this.#listeners) listener();
    });
  }

  get live(): boolean {
    return this.#microphone !== undefined || this.following?.running === true;
  }

  /** Sends files, one after the other, to each of the models. */
  add(files: readonly File[], models: readonly string[]): void {
    for (const file of files) {
      const recording = this.#newRecording(file.name, file);
      const sound = openSound(file, () => this.changed()).then((found) => {
        recording.sound = found;
        this.changed();
      });
      for (const model of models) {
        this.#enqueue(async () => {
          // What is no recording for one model is none for the others: it is said once.
          if (!this.recordings.includes(recording)) return;
          await sound;
          await this.#send(recording, model, pieces(file), file.size, timesKnown(recording));
        });
      }
      this.#enqueue(async () => this.#forgetEmpty(recording));
    }
  }

  /** Sends a live stream to one model until it is stopped. */
  listen(microphone: Microphone, model: string): void {
    const recording = this.#newRecording(
      `Live, ${new Date().toISOString().slice(0, 19).replace("T", " ")} UTC`,
      undefined,
    );
    recording.sound = microphone.sound;
    recording.start = new Date();
    recording.startBy = BY_READER;
    this.#microphone = microphone;
    const query = { pcm: "f32le", rate: String(microphone.rate), channels: "1", ...timesKnown(recording) };
    this.#enqueue(async () => {
      await this.#send(recording, model, microphone.bytes, undefined, query);
      this.#microphone?.stop();
      this.#microphone = undefined;
      this.#forgetEmpty(recording);
    });
  }

  /** Follows a hydrophone of the server until it is stopped. */
  follow(hydrophone: Hydrophone, model: string): Following {
    const following = new Following(hydrophone, model, {
      newRecording: (name, header) => {
        const recording = this.#newRecording(name, undefined);
        takeStart(recording, header);
        return recording;
      },
      came: (recording, bytes) => {
        this.sending = { recording, model, bytes, total: undefined };
        this.changed();
      },
      changed: () => this.changed(),
    });
    this.following = following;
    this.say(`Following ${hydrophone.title} with ${model}.`);
    this.#enqueue(async () => {
      try {
        this.say(await following.run());
      } catch (thrown) {
        this.fail(hydrophone.title, troubleIn(thrown), () => this.follow(hydrophone, model));
        this.say(`${hydrophone.title} is not followed any more.`);
      }
      this.sending = undefined;
    });
    return following;
  }

  /** Ends what is being sent, and forgets what waits; windows that have come are kept. */
  cancel(): void {
    if (this.following?.running === true) {
      this.following.stop();
      return;
    }
    if (this.#microphone !== undefined) {
      // The rest of the audio still gives its windows.
      this.#microphone.stop();
      return;
    }
    this.#controller.abort();
    this.#controller = new AbortController();
  }

  show(recording: Recording): void {
    this.shown = recording;
    this.changed();
  }

  dismiss(id: number): void {
    this.failures = this.failures.filter((failure) => failure.id !== id);
    this.changed();
  }

  fail(about: string, trouble: Trouble, again?: () => void): void {
    const id = (this.failures.at(-1)?.id ?? 0) + 1;
    this.failures = [...this.failures, { ...trouble, id, about, again }];
    this.changed();
  }

  say(sentence: string): void {
    this.said = sentence;
    this.changed();
  }

  #newRecording(name: string, file: Blob | undefined): Recording {
    const start = startOfName(name);
    const recording: Recording = {
      name,
      file,
      sound: undefined,
      start: undefined,
      startBy: undefined,
      results: new Map(),
    };
    if (start !== undefined) takeStart(recording, { start: { ...start, utc: utcText(start.utc) } });
    this.recordings.push(recording);
    this.shown = recording;
    this.changed();
    return recording;
  }

  #enqueue(work: () => Promise<void>): void {
    const { signal } = this.#controller;
    this.#queue = this.#queue.then(async () => {
      if (!signal.aborted) await work();
      this.changed();
    });
  }

  async #send(
    recording: Recording,
    model: string,
    chunks: AsyncIterator<Uint8Array<ArrayBuffer>>,
    total: number | undefined,
    query: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { signal } = this.#controller;
    let bytes = 0;
    let result: Result | undefined;
    this.sending = { recording, model, bytes, total };
    this.say(`Sending ${recording.name} to ${model}.`);
    const record = (next: LiveRecord) => {
      if (next.type === "header") {
        result = new Result(next);
        recording.results.set(model, result);
        takeStart(recording, next);
        if ((next.scores ?? 0) > 1) this.classes.want(model);
      } else if (next.type === "window") result?.push(next);
      else if (next.type === "summary") {
        result?.finish(next);
        takeStart(recording, next);
      }
      this.changed();
    };
    const taken = (count: number) => {
      bytes += count;
      this.sending = { recording, model, bytes, total };
      this.changed();
    };
    try {
      await embed({ model, query, chunks, taken, record, signal });
      this.#sayDone(recording, model, result);
    } catch (thrown) {
      const trouble = troubleIn(thrown);
      const { file } = recording;
      const again = file === undefined ? undefined : () => this.add([new File([file], recording.name)], [model]);
      this.fail(`${recording.name}, ${model}`, trouble, again);
      this.say(`Failed after ${counted(result?.windows ?? 0, "window")} of ${recording.name} by ${model}.`);
      if (REFUSALS.has(trouble.code ?? "")) this.#forgetEmpty(recording);
    }
    this.sending = undefined;
    this.changed();
  }

  #sayDone(recording: Recording, model: string, result: Result | undefined): void {
    const windows = result?.windows ?? 0;
    const notes = (result?.summary?.findings ?? []).map(({ message }) => ` ${message}`).join("");
    const end = result?.summary === undefined ? "Cancelled" : "Done";
    this.say(`${end}: ${counted(windows, "window")} of ${recording.name} by ${model}.${notes}`);
  }

  /** A recording that gave nothing leaves the list. */
  #forgetEmpty(recording: Recording): void {
    const at = this.recordings.indexOf(recording);
    if (at === -1 || recording.results.size > 0) return;
    this.recordings.splice(at, 1);
    if (this.shown === recording) this.shown = this.recordings.at(-1);
    this.changed();
  }
}

function troubleIn(thrown: unknown): Trouble {
  return thrown instanceof TroubleError ? thrown.trouble : troubleOf(asOrcaError(thrown));
}
