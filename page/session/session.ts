import { counted } from "../../src/counted.ts";
import type { HeaderRecord } from "../../src/records/index.ts";
import type { Microphone } from "../audio/microphone.ts";
import { openSound } from "../audio/open-sound.ts";
import { Following } from "../live/following.ts";
import type { Hydrophone } from "../live/hydrophone-socket.ts";
import { type Teller, type Trouble, troubleIn } from "../teller.ts";
import { ClassNames } from "./class-names.ts";
import { fingerprint } from "./fingerprint.ts";
import { BY_READER, newRecording, type Recording, takeStart } from "./recording.ts";
import { Runs } from "./runs.ts";
import { ServerModels } from "./server-models.ts";

export interface Failure extends Trouble {
  readonly id: number;
  readonly about: string;
  readonly again: (() => void) | undefined;
}

/** Files that are read for their fingerprints at once. */
const READ_TOGETHER = 32;

/** Everything that the page shows; views are told when it changes. */
export class Session implements Teller {
  readonly recordings: Recording[] = [];
  /** The recording that is open. */
  shown: Recording | undefined;
  /** The last thing that happened, for the status line. */
  said = "";
  failures: readonly Failure[] = [];
  readonly models = new ServerModels(() => this.changed());
  readonly classes = new ClassNames(this.models, () => this.changed());
  readonly runs = new Runs(this);
  /** The hydrophone that is listened to, or was the last. */
  following: Following | undefined;
  /** What is being opened. */
  opening = 0;
  /** Called with each recording that comes. */
  came: (recording: Recording) => void = () => {};
  /** Changes with every change. */
  version = 0;
  #microphone: Microphone | undefined;
  readonly #listeners = new Set<() => void>();
  #announced = false;

  /** Calls `listener` after changes, at most once a frame; returns what stops it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  changed(): void {
    this.version++;
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

  /**
   * Takes files in, and sends them to each of the models. A file that is here already is not taken twice; one that is the
   * sound of a recording that came without is taken for that.
   */
  async add(files: readonly File[], models: readonly string[]): Promise<void> {
    let [twice, heard] = [0, 0];
    for (let from = 0; from < files.length; from += READ_TOGETHER) {
      const some = files.slice(from, from + READ_TOGETHER);
      const ids = await Promise.all(some.map((file) => this.#fingerprint(file)));
      for (const [at, file] of some.entries()) {
        const id = ids[at];
        if (id === undefined) continue;
        const silent = this.#silentOne(file);
        if (silent !== undefined) {
          heard++;
          this.#giveSound(silent, file);
          continue;
        }
        const before = this.recordings.find((recording) => recording.id === id);
        if (before !== undefined) twice++;
        const recording = before ?? this.take(newRecording(id, file.name, file));
        for (const model of models) this.runs.add(recording, model);
      }
    }
    if (twice > 0) this.say(`${twice === 1 ? "One file was" : `${twice} files were`} here already.`);
    if (heard > 0) this.say(`${counted(heard, "recording")} can be seen and heard now.`);
  }

  /** Undefined, and said, where it cannot be read. */
  async #fingerprint(file: File): Promise<string | undefined> {
    try {
      return await fingerprint(file);
    } catch (thrown) {
      this.fail(file.name, {
        title: "The file cannot be read",
        detail: thrown instanceof Error ? thrown.message : String(thrown),
        hint: "Was it moved or changed since? Choose it again.",
      });
      return undefined;
    }
  }

  /** The recording without sound that a file is, by its path or its name, if that is of one alone. */
  #silentOne(file: File): Recording | undefined {
    const path = file.webkitRelativePath || file.name;
    const silent = this.recordings.filter((one) => one.file === undefined && !one.live && one.fetchFile === undefined);
    const byPath = silent.filter(({ name }) => name === path || path.endsWith(`/${name}`) || name.endsWith(`/${path}`));
    const found = byPath.length > 0 ? byPath : silent.filter(({ name }) => name.split("/").at(-1) === file.name);
    return found.length === 1 ? found[0] : undefined;
  }

  #giveSound(recording: Recording, file: Blob): void {
    recording.file = file;
    recording.opening = undefined;
    if (this.shown === recording) void this.open(recording);
    this.changed();
  }

  /** Puts a recording into the list; the first is opened. */
  take(recording: Recording): Recording {
    this.recordings.push(recording);
    this.came(recording);
    if (this.shown === undefined || recording.live) this.show(recording);
    this.changed();
    return recording;
  }

  /** Runs another model over all that is here. */
  runAll(model: string): void {
    for (const recording of this.recordings) if (recording.file !== undefined) this.runs.add(recording, model);
  }

  remove(recording: Recording): void {
    this.runs.stop(recording);
    const at = this.recordings.indexOf(recording);
    if (at === -1) return;
    this.recordings.splice(at, 1);
    this.#endThumbnails(recording);
    if (this.shown === recording) {
      this.shown = undefined;
      const next = this.recordings[Math.min(at, this.recordings.length - 1)];
      if (next !== undefined) this.show(next);
    }
    this.changed();
  }

  /** Removes all recordings; labels are kept. */
  removeAll(): void {
    for (const recording of [...this.recordings].reverse()) this.remove(recording);
    this.failures = [];
    this.say("");
  }

  /** Pictures that no recording needs any more are let go. */
  #endThumbnails({ results }: Recording): void {
    const left = new Set(
      this.recordings.flatMap((one) => [...one.results.values()].map(({ thumbnails }) => thumbnails?.all)),
    );
    for (const { thumbnails } of results.values()) if (!left.has(thumbnails?.all)) thumbnails?.all.end();
  }

  /** Takes a microphone's sound in until it is stopped. */
  listen(microphone: Microphone, model: string): void {
    const name = `Live, ${new Date().toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const recording = newRecording(`live ${performance.timeOrigin + performance.now()}`, name, undefined, true);
    recording.sound = microphone.sound;
    recording.start = new Date();
    recording.startBy = BY_READER;
    this.take(recording);
    this.#microphone = microphone;
    void this.runs.live(recording, model, microphone).then(() => {
      microphone.stop();
      this.#microphone = undefined;
      this.changed();
    });
  }

  /** Listens to a hydrophone of the server until it is stopped. */
  follow(hydrophone: Hydrophone, model: string): Following {
    const following = new Following(hydrophone, model, {
      newRecording: (name: string, header: HeaderRecord) => {
        const recording = newRecording(`live ${name}`, name, undefined, true);
        takeStart(recording, header);
        return this.take(recording);
      },
      changed: () => this.changed(),
    });
    this.following = following;
    this.say(`Listening to ${hydrophone.title} with ${model}.`);
    following
      .run()
      .then((sentence) => this.say(sentence))
      .catch((thrown: unknown) => {
        this.fail(hydrophone.title, troubleIn(thrown), () => this.follow(hydrophone, model));
        this.say(`${hydrophone.title} is not listened to any more.`);
      });
    return following;
  }

  /** Ends what is live; the rest of its audio still gives its windows. */
  stopLive(): void {
    this.following?.stop();
    this.#microphone?.stop();
    this.changed();
  }

  show(recording: Recording): void {
    this.shown = recording;
    this.open(recording);
    this.changed();
  }

  /** Finds out what a recording sounds like, once. */
  open(recording: Recording): Promise<void> {
    recording.opening ??= this.#openSound(recording);
    return recording.opening;
  }

  async #openSound(recording: Recording): Promise<void> {
    const { fetchFile } = recording;
    if (recording.file === undefined && fetchFile !== undefined) {
      try {
        recording.file = await fetchFile();
      } catch (thrown) {
        // It can be dropped on the page instead.
        recording.fetchFile = undefined;
        this.fail(recording.name, { ...troubleIn(thrown), title: "The sound cannot be fetched" });
      }
    }
    if (recording.file !== undefined) recording.sound ??= await openSound(recording.file, () => this.changed());
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
}
