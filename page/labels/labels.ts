import { type Annotation, OverlapIndex, saysTheSame } from "../../src/labels/index.ts";
import type { Recording } from "../session/recording.ts";
import type { Teller } from "../teller.ts";
import type { KeptLabels, LabelStore } from "./label-store.ts";

/** A change that can be taken back. */
interface Step {
  readonly added: readonly Annotation[];
  readonly removed: readonly Annotation[];
}

/** The labels of all recordings that are here. An annotation's `recording` is the recording's fingerprint while it is in the page. */
export class Labels {
  readonly #store: LabelStore;
  readonly #teller: Teller;
  readonly #by = new Map<string, { readonly name: string; annotations: readonly Annotation[] }>();
  readonly #indexes = new WeakMap<readonly Annotation[], OverlapIndex<Annotation>>();
  #undo: Step[] = [];
  #redo: Step[] = [];
  /** Writes that are under way. */
  #writing = 0;
  /** Changes with every change. */
  version = 0;

  constructor(store: LabelStore, teller: Teller) {
    this.#store = store;
    this.#teller = teller;
  }

  /** Brings back what was kept of a recording that has come. */
  async came({ id, name, live }: Recording): Promise<void> {
    if (live || this.#by.has(id)) return;
    this.#by.set(id, { name, annotations: [] });
    const kept = await this.#store.read(id).catch((thrown: unknown) => this.#notKept(thrown));
    if (kept === undefined || kept.annotations.length === 0) return;
    // What was said meanwhile stands beside it.
    this.#set(id, [...kept.annotations, ...this.of(id)]);
    this.#teller.say(`${kept.annotations.length} labels of ${name} were kept here, and are back.`);
  }

  /** Labels that came with what was opened: they stand beside those that are here, and are not a step to be undone. */
  bring(id: string, name: string, annotations: readonly Annotation[]): void {
    if (!this.#by.has(id)) this.#by.set(id, { name, annotations: [] });
    const fresh = annotations.filter(
      (one) => !this.in(id, one.start, one.end + 1e-9).some((had) => saysTheSame(had, one)),
    );
    if (fresh.length > 0) this.#set(id, [...this.of(id), ...fresh]);
  }

  /** Recordings whose labels are kept here, open or not. */
  async kept(): Promise<number> {
    return (await this.#store.all().catch(() => [])).length;
  }

  of(id: string): readonly Annotation[] {
    return this.#by.get(id)?.annotations ?? NONE;
  }

  /** Labels that hold for a stretch of a recording, seconds. */
  in(id: string, start: number, end: number): Annotation[] {
    const all = this.of(id);
    if (all.length === 0) return [];
    let index = this.#indexes.get(all);
    if (index === undefined) {
      index = new OverlapIndex(all);
      this.#indexes.set(all, index);
    }
    return index.in({ start, end });
  }

  *all(): Generator<Annotation> {
    for (const { annotations } of this.#by.values()) yield* annotations;
  }

  get count(): number {
    let count = 0;
    for (const { annotations } of this.#by.values()) count += annotations.length;
    return count;
  }

  /** The names in use, the most used first. */
  get names(): string[] {
    const counts = new Map<string, number>();
    for (const { label } of this.all()) counts.set(label, (counts.get(label) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
  }

  /** Adds labels as one step; what is said already is not said again. Another kind of the same label takes its place. */
  add(annotations: readonly Annotation[]): number {
    const removed: Annotation[] = [];
    const added = annotations.filter((annotation) => {
      const same = this.in(annotation.recording, annotation.start, annotation.end + 1e-9);
      for (const other of same) {
        const about = { ...other, kind: annotation.kind };
        if (saysTheSame(about, annotation) && other.kind !== annotation.kind) removed.push(other);
      }
      return !same.some((other) => saysTheSame(other, annotation));
    });
    this.#do({ added, removed });
    return added.length;
  }

  remove(annotations: readonly Annotation[]): void {
    this.#do({ added: [], removed: annotations });
  }

  /** Puts one in the place of another. */
  change(before: Annotation, after: Annotation): void {
    this.#do({ added: [after], removed: [before] });
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  undo(): void {
    const step = this.#undo.pop();
    if (step === undefined) return;
    this.#redo.push(step);
    this.#apply({ added: step.removed, removed: step.added });
  }

  redo(): void {
    const step = this.#redo.pop();
    if (step === undefined) return;
    this.#undo.push(step);
    this.#apply(step);
  }

  /** Whether something was said that is not on the disk yet, or cannot be kept there. */
  get unsaved(): boolean {
    if (this.#writing > 0) return true;
    for (const [id, { annotations }] of this.#by) if (isLive(id) && annotations.length > 0) return true;
    return false;
  }

  #do(step: Step): void {
    if (step.added.length === 0 && step.removed.length === 0) return;
    this.#undo.push(step);
    this.#redo = [];
    this.#apply(step);
  }

  #apply({ added, removed }: Step): void {
    const gone = new Set(removed);
    const touched = new Set([...added, ...removed].map(({ recording }) => recording));
    for (const id of touched) {
      const kept = this.of(id).filter((annotation) => !gone.has(annotation));
      this.#set(id, [...kept, ...added.filter(({ recording }) => recording === id)]);
      this.#write(id);
    }
  }

  #set(id: string, annotations: readonly Annotation[]): void {
    const name = this.#by.get(id)?.name ?? id;
    this.#by.set(id, { name, annotations: annotations.toSorted((a, b) => a.start - b.start) });
    this.version++;
    this.#teller.changed();
  }

  #write(id: string): void {
    const held = this.#by.get(id);
    // A live stream does not come back: its labels are kept by export alone.
    if (held === undefined || isLive(id)) return;
    this.#writing++;
    const kept: KeptLabels = { id, name: held.name, annotations: held.annotations };
    this.#store
      .write(kept)
      .then(() => this.#writing--)
      .catch((thrown: unknown) => this.#notKept(thrown));
  }

  #notKept(thrown: unknown): undefined {
    this.#teller.fail("Labels", {
      title: "The browser does not keep the labels",
      detail: thrown instanceof Error ? thrown.message : String(thrown),
      hint: "Export them before you close the page: a private window, or a full disk, keeps nothing.",
    });
  }
}

/** A live stream's recordings, by what the session calls them. */
const isLive = (id: string) => id.startsWith("live ");

const NONE: readonly Annotation[] = [];
