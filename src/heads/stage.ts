import { OrcaError } from "../errors.ts";
import { quietBelow } from "./calibration.ts";
import type { EventRule } from "./event-rule.ts";
import { EventStage, type Happening, type ScoredWindow } from "./events.ts";
import { type Head, MOST_HEADS } from "./head.ts";
import { Logits } from "./logits.ts";
import {
  noiseIn,
  noisesAt,
  probabilityOf,
  type RunningClass,
  type RunningOptions,
  runningClasses,
} from "./running-head.ts";
import { type ScoreRule, scoreIndex } from "./score-rule.ts";

/** The model whose windows come. */
export interface RunningModel {
  readonly id: string;
  /** Of the weights; undefined where nobody knows, as in a collection that others wrote. */
  readonly sha256: string | undefined;
  readonly variant: string | undefined;
  readonly dimensions: number;
  /** Classes that the model scores itself; 0 for none. */
  readonly scores: number;
  /** Their names, where they are known. */
  readonly names: readonly string[] | undefined;
}

/** What is said of each head in a result's header. */
export interface HeadFacts {
  readonly id: string;
  /** Of its file; none for a model's own scores. */
  readonly sha256?: string;
  readonly classes: readonly { readonly name: string; readonly threshold: number }[];
  readonly site?: string;
  /** When windows make an event: as the head has it, or the user. */
  readonly events: EventRule;
}

/** What heads say of a window. */
export interface HeadScores {
  /** Probabilities by head and class. */
  readonly heads: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Noises that it is taken for, by head: its classes do not count there. */
  readonly noise: Readonly<Record<string, string>> | undefined;
}

/** An event of a class of a head. */
export interface HeadEvent extends Happening {
  readonly head: string;
  readonly class: RunningClass;
}

export interface LoadedHead {
  readonly head: Head;
  readonly sha256: string;
}

interface Running {
  readonly id: string;
  readonly classes: readonly RunningClass[];
  readonly noises: ReturnType<typeof noisesAt>;
  /** Where its classes' numbers begin among logits; or places among the model's scores. */
  readonly first: number;
  readonly places: readonly number[] | undefined;
  readonly stages: readonly EventStage[];
  readonly facts: HeadFacts;
}

/**
 * Heads behind a model: scores of each window, and events. A stage of the pipeline: bounded state, the same however windows
 * come. Throws `bad_option` for heads of another model or other weights, for two of one name, and for too many.
 */
export class HeadStage {
  readonly facts: readonly HeadFacts[];
  /** Made when the first embedding comes: who has logits already needs none. */
  readonly #newLogits: (() => Logits) | undefined;
  #logits: Logits | undefined;
  readonly #running: readonly Running[];
  #out = new Float64Array(0);

  constructor(
    kernels: WebAssembly.Module,
    model: RunningModel,
    heads: readonly LoadedHead[],
    rules: readonly ScoreRule[],
    options: RunningOptions = {},
  ) {
    if (heads.length + rules.length > MOST_HEADS) {
      throw new OrcaError("bad_option", `${heads.length + rules.length} heads are more than ${MOST_HEADS} at once.`, {
        field: "head",
        hint: "One head may have many classes. A model's own scores come with include=scores.",
      });
    }
    for (const { head } of heads) checkModel(head, model);
    let first = 0;
    const trained = heads.map(({ head, sha256 }): Running => {
      const from = first;
      first += head.classes.length;
      const classes = runningClasses(head, options);
      return running(head.id, classes, noisesAt(head, options.site), from, undefined, sha256, options.site);
    });
    const own = rules.filter((rule) => rule.model === model.id);
    const scored = own.length === 0 ? [] : [ownScores(model, own, options)];
    this.#running = [...trained, ...scored];
    const ids = this.#running.map(({ id }) => id);
    const twice = ids.find((id, at) => ids.indexOf(id) !== at);
    if (twice !== undefined) {
      throw new OrcaError("bad_option", `Two heads are called ${twice}.`, {
        field: "head",
        hint: "Give one of them another id.",
      });
    }
    this.facts = this.#running.map(({ facts }) => facts);
    this.#newLogits =
      heads.length === 0
        ? undefined
        : () =>
            new Logits(
              kernels,
              heads.map(({ head }) => head),
            );
  }

  /** Whether it needs the model's own scores. */
  get wantsScores(): boolean {
    return this.#running.some(({ places }) => places !== undefined);
  }

  /** What the heads say of a window. @param scores  the model's own, where a rule needs them */
  score(embedding: Float32Array, scores: Float32Array | undefined): HeadScores {
    this.#logits ??= this.#newLogits?.();
    if (this.#logits !== undefined) {
      if (this.#out.length === 0) this.#out = new Float64Array(this.#logits.count);
      this.#logits.run(embedding, this.#out);
    }
    return this.scoreOf(this.#out, 0, embedding, scores);
  }

  /** As `score`, with logits that were worked out already, from `at` on. */
  scoreOf(logits: Float64Array, at: number, embedding: Float32Array, scores: Float32Array | undefined): HeadScores {
    const heads: Record<string, Record<string, number>> = {};
    let noise: Record<string, string> | undefined;
    for (const { id, classes, noises, first, places } of this.#running) {
      const byClass: Record<string, number> = {};
      for (const [k, one] of classes.entries()) {
        byClass[one.name] =
          places === undefined
            ? probabilityOf(logits[at + first + k] as number, one)
            : (scores?.[places[k] as number] ?? Number.NaN);
      }
      heads[id] = byClass;
      const found = noiseIn(embedding, noises);
      if (found !== undefined) noise = { ...noise, [id]: found };
    }
    return { heads, noise };
  }

  /** The events that a window begins or ends. */
  events(window: Omit<ScoredWindow, "probability">, { heads, noise }: HeadScores): HeadEvent[] {
    return this.#running.flatMap(({ id, classes, stages }) =>
      classes.flatMap((one, k) => {
        const probability = noise?.[id] === undefined ? (heads[id]?.[one.name] ?? 0) : 0;
        const stage = stages[k] as EventStage;
        return stage.push({ ...window, probability }).map((happening) => ({ ...happening, head: id, class: one }));
      }),
    );
  }

  /**
   * Of each of the heads' classes, in the order of logits, below which a window is no part of an event: `skip` is then as
   * good as scoring it.
   */
  quietBelow(): Float64Array {
    return Float64Array.from(
      this.#running.flatMap(({ classes, stages, places }) =>
        places === undefined
          ? classes.map(({ calibration }, k) => quietBelow((stages[k] as EventStage).least, calibration))
          : [],
      ),
    );
  }

  /** Passes over so many windows whose logits are all below `quietBelow`. */
  skip(windows: number): void {
    for (const { stages } of this.#running) for (const stage of stages) stage.skip(windows);
  }

  /** The audio has ended: so have all events. */
  flush(): HeadEvent[] {
    return this.#running.flatMap(({ id, classes, stages }) =>
      classes.flatMap((one, k) =>
        (stages[k] as EventStage).flush().map((happening) => ({ ...happening, head: id, class: one })),
      ),
    );
  }
}

function running(
  id: string,
  classes: readonly RunningClass[],
  noises: ReturnType<typeof noisesAt>,
  first: number,
  places: readonly number[] | undefined,
  sha256: string | undefined,
  site: string | undefined,
): Running {
  const facts: HeadFacts = {
    id,
    ...(sha256 === undefined ? {} : { sha256 }),
    classes: classes.map(({ name, threshold }) => ({ name, threshold })),
    ...(site === undefined ? {} : { site }),
    events: classes[0]?.rule ?? { shortest: 0, gap: 0, windows: 1 },
  };
  const stages = classes.map(({ rule, threshold }) => new EventStage(rule, threshold));
  return { id, classes, noises, first, places, stages, facts };
}

/** A model's own scores as one head, called as the model. */
function ownScores(model: RunningModel, rules: readonly ScoreRule[], { events }: RunningOptions): Running {
  const found = rules.map((rule) => ({ rule, ...scoreIndex(rule, model.scores, model.names) }));
  const twice = found.find(({ name }, at) => found.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined)
    throw new OrcaError("bad_option", `detect names ${twice.name} twice.`, { field: "detect", hint: "Give it once." });
  const classes = found.map(({ name, rule }) => ({
    name,
    threshold: rule.threshold,
    calibration: undefined,
    rule: { shortest: 0, gap: 0, windows: 1, ...events },
  }));
  return running(
    model.id,
    classes,
    [],
    0,
    found.map(({ index }) => index),
    undefined,
    undefined,
  );
}

function checkModel({ id, model }: Head, running: RunningModel): void {
  const wrong = (what: string, hint: string) =>
    new OrcaError("bad_option", `The head ${id} ${what}.`, { field: "head", hint });
  if (model.id !== running.id && model.id !== "unknown") {
    throw wrong(
      `is for ${model.id}, and this is ${running.id}`,
      `Run it with --model ${model.id}, or train one for ${running.id}.`,
    );
  }
  if (model.dimensions !== running.dimensions) {
    throw wrong(
      `takes ${model.dimensions} numbers, and embeddings of ${running.id} have ${running.dimensions}`,
      "It was made for another model.",
    );
  }
  const sameForm = model.variant === undefined || running.variant === undefined || model.variant === running.variant;
  if (model.sha256 !== undefined && running.sha256 !== undefined && model.sha256 !== running.sha256 && sameForm) {
    throw wrong(
      `was trained on other weights of ${model.id} (${model.sha256.slice(0, 12)}… and not ${running.sha256.slice(0, 12)}…)`,
      "Train it again on these: embeddings of other weights mean something else.",
    );
  }
}
