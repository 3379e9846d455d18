/** Heads beside the page: running, training, events as files; by the code and the kernels of the command line. */
import { zipSync } from "fflate";
import { asOrcaError } from "../../src/errors.ts";
import {
  Embeddings,
  type Head,
  HeadStage,
  headText,
  judge,
  judgementSummary,
  outOfFoldOf,
  parseHead,
  runningClasses,
  TRAIN_DEFAULTS,
  train,
} from "../../src/heads/index.ts";
import { detectionFiles } from "../../src/output/detections/files.ts";
import { detectionsPage } from "../../src/output/detections/page.ts";
import { VERSION } from "../../src/version.ts";
import { troubleOf } from "../teller.ts";
import type {
  HeadReply,
  HeadRequest,
  Scored,
  ScoreRequest,
  Trained,
  TrainRequest,
  WriteRequest,
  Written,
} from "./protocol.ts";

export async function answerAboutHeads(request: HeadRequest): Promise<HeadReply> {
  try {
    if ("score" in request) return { kind: "scored", scored: await scoredRows(request) };
    if ("train" in request) return { kind: "trained", trained: await trainedHead(request) };
    return { kind: "written", written: written(request) };
  } catch (thrown) {
    return { kind: "failure", trouble: troubleOf(asOrcaError(thrown)) };
  }
}

const compiled = (address: string) => WebAssembly.compileStreaming(fetch(address));

async function scoredRows({ score }: ScoreRequest): Promise<Scored> {
  const { name, text, model, rows } = score;
  const head = parseHead(text, name);
  const { id, classes } = head;
  const count = rows.parts.reduce((sum, part) => sum + part.length, 0) / rows.size;
  const probabilities = classes.map(() => new Float64Array(model === undefined ? 0 : count));
  if (model !== undefined) {
    const running = { ...model, dimensions: rows.size, scores: 0, names: undefined };
    const stage = new HeadStage(await compiled(score.kernels), running, [{ head, sha256: "" }], []);
    let row = 0;
    for (const part of rows.parts) {
      for (let at = 0; at < part.length; at += rows.size, row++) {
        const said = stage.score(part.subarray(at, at + rows.size), undefined);
        for (const [k, one] of classes.entries())
          (probabilities[k] as Float64Array)[row] = said.noise === undefined ? (said.heads[id]?.[one.name] ?? 0) : 0;
      }
    }
  }
  const facts = runningClasses(head, {}).map(({ calibration: _, ...one }) => one);
  const date = head.training?.date;
  return {
    id,
    model: head.model.id,
    classes: facts,
    trained: typeof date === "string" ? date : undefined,
    text: headText(head),
    probabilities,
  };
}

async function trainedHead({ train: asked }: TrainRequest): Promise<Trained> {
  const { id, model, examples, rows, hop, training: said } = asked;
  const embeddings = Embeddings.of(await compiled(asked.kernels), rows, model.dimensions);
  const { sha256, variant } = model;
  const training = train(
    embeddings,
    examples,
    {
      id,
      model: {
        id: model.id,
        dimensions: model.dimensions,
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(variant === undefined ? {} : { variant }),
      },
      training: { date: new Date().toISOString(), version: VERSION, ...said },
    },
    TRAIN_DEFAULTS,
  );
  const judgement = judge(outOfFoldOf(training, { examples, sites: examples.groups.map(() => ""), hop }));
  const judged = judgementSummary(judgement);
  const head: Head = { ...training.head, judged: { how: "folds by recording", ...judged } };
  return { text: headText(head), classes: judged.classes };
}

function written({ write: { list, format, heads } }: WriteRequest): Written {
  const files =
    format === "html"
      ? [
          {
            name: "detections.html",
            pieces: [
              detectionsPage(
                "the page",
                heads,
                list.map((detection) => ({ detection })),
                list.length,
              ),
            ],
          },
        ]
      : detectionFiles(list, format, heads);
  const whole = files.map(({ name, pieces }) => ({ name, bytes: joined(pieces) }));
  const [only] = whole;
  if (whole.length === 1 && only !== undefined) return only;
  const bytes = zipSync(Object.fromEntries(whole.map((file) => [file.name, file.bytes])));
  return { name: `detections.${format}.zip`, bytes: new Uint8Array(bytes) };
}

function joined(pieces: Iterable<string | Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts = [...pieces].map((piece) => (typeof piece === "string" ? new TextEncoder().encode(piece) : piece));
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
