import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { detectionsIn } from "../src/cli/heads/detections.ts";
import { CollectionFolder } from "../src/collection/folder.node.ts";
import { counted } from "../src/counted.ts";
import { uniform } from "../src/heads/density.ts";
import { encodeFloats } from "../src/heads/floats.ts";
import { Embeddings, fitAll, Logits, parseHead, train } from "../src/heads/index.ts";
import { LOGITS_AT_ONCE } from "../src/heads/logits.ts";
import { kernelsModule } from "../src/runtime.node.ts";
import { readNpz, sharedExists, sharedPath } from "../test/support/shared.ts";
import { medianOf, table } from "./support/measure.ts";

const DIMS = 1024;
const CLASSES = 5;
/** Python with scikit-learn. */
const PYTHON = process.env.ORCA_PYTHON ?? "python3";

/**
 * Training and running of heads, one core, beside scikit-learn (liblinear-like accuracy: lbfgs to its default and to our
 * objective). Windows are real ones of YAMNet, mixed two by two with a little noise, where they are at hand.
 */
export async function benchHeads(): Promise<void> {
  const kernels = await kernelsModule();
  await running(kernels);
  wholeTraining(kernels);
  for (const rows of [1000, 100_000]) {
    const { x, labels } = windows(rows);
    const embeddings = Embeddings.of(kernels, x, DIMS);
    const runs = rows > 10_000 ? 1 : 5;
    for (const C of [0.01, 1]) {
      let objectives: number[] = [];
      const began = performance.now();
      let time = 0;
      if (runs === 1) {
        objectives = fitAll(
          embeddings,
          labels.map((of) => ({ labels: of, C })),
        ).map(({ objective }) => objective);
        time = performance.now() - began;
      } else
        time = await medianOf(runs, () => {
          objectives = fitAll(
            embeddings,
            labels.map((of) => ({ labels: of, C })),
          ).map(({ objective }) => objective);
        });
      const theirs = scikitLearn(x, labels, C);
      table(`${rows} labels x ${DIMS} x ${CLASSES} classes, C = ${C}`, "ms", [
        { name: "this, to its optimum", time, note: objectives.map((value) => value.toPrecision(7)).join(" ") },
        ...theirs.map(({ name, time: own, objectives: values }) => ({
          name,
          time: own,
          note: values.map((value) => value.toPrecision(7)).join(" "),
        })),
        ...(theirs.length === 0 ? [{ name: `scikit-learn (${PYTHON})`, time: undefined }] : []),
      ]);
    }
  }
}

/** All that `orca-embed train` does with a thousand labels: five strengths by five folds of recordings, and the fit of all. */
function wholeTraining(kernels: WebAssembly.Module): void {
  const { x, labels } = windows(1000);
  const classes = labels.map((_, k) => `class ${k}`);
  const groups = Array.from({ length: 1000 }, (_, row) => `${row % 40}`);
  const examples = { classes, labels, groups, weak: new Uint8Array(1000) };
  const options = { strengths: [0.001, 0.01, 0.1, 1, 10], folds: 5, balance: "balanced", weakWeight: 0.05 } as const;
  const origin = { id: "bench", model: { id: "yamnet", dimensions: DIMS }, training: {} };
  const time = timeOf(() =>
    train(Embeddings.of(kernels, x, DIMS), examples, origin, { ...options, calibration: "platt" }),
  );
  console.log(
    `\nThe whole of train, 1000 labels x ${DIMS} x ${CLASSES} classes, 25 fits a class and the last: ${time.toFixed(0)} ms`,
  );
}

/** Windows of the collection that is made for it. */
const COLLECTED = Number(process.env.ORCA_BENCH_WINDOWS ?? 100_000);

/** A head over a collection, in the process: as `orca-embed detect` does it, without what it writes. */
async function running(kernels: WebAssembly.Module): Promise<void> {
  const { x } = windows(4096);
  const headWith = (bias: Float32Array) =>
    parseHead(
      JSON.stringify({
        format: "orca-head 1",
        id: "bench",
        model: { id: "yamnet", dimensions: DIMS },
        classes: Array.from({ length: CLASSES }, (_, k) => ({ name: `class ${k}` })),
        weights: encodeFloats(Float32Array.from({ length: DIMS * CLASSES }, (_, i) => Math.sin(i))),
        bias: encodeFloats(bias),
      }),
      "bench",
    );
  const plain = new Logits(kernels, [headWith(new Float32Array(CLASSES))]);
  const values = plain.run(x);
  // A window in fifty is over a threshold: a busy hydrophone.
  const bias = Float32Array.from({ length: CLASSES }, (_, k) => {
    const own = Float64Array.from({ length: 4096 }, (_, i) => values[i * CLASSES + k] as number).sort();
    return -(own[Math.floor(4096 * (1 - 0.02 / CLASSES))] as number);
  });
  const head = headWith(bias);
  const logits = new Logits(kernels, [head]);
  logits.room(LOGITS_AT_ONCE).set(x.subarray(0, LOGITS_AT_ONCE * DIMS));
  const out = new Float64Array(LOGITS_AT_ONCE * CLASSES);
  const times = Array.from({ length: 2000 }, () => {
    const began = performance.now();
    logits.runThere(LOGITS_AT_ONCE, out);
    return performance.now() - began;
  });
  const rate = (windows: number, time: number) =>
    `${Math.round((1000 * windows) / time).toLocaleString("en")} windows a second`;
  console.log(`\nRunning ${CLASSES} classes of ${DIMS} numbers; ${cpus()[0]?.model}, one core`);
  console.log(`  logits alone                ${rate(LOGITS_AT_ONCE, median(times))}`);
  const path = mkdtempSync(join(tmpdir(), "orca-bench-"));
  try {
    await fill(path, x);
    const folder = await CollectionFolder.open(path);
    try {
      const detect = async () => {
        const began = performance.now();
        const { detections, windows } = await detectionsIn(folder, kernels, [{ head, sha256: "" }], {});
        return { time: performance.now() - began, windows, events: detections.length };
      };
      await detect();
      const rows = await detect();
      console.log(`  detect, from the database   ${rate(rows.windows, rows.time)}`);
      const began = performance.now();
      await folder.completeCopy(1);
      const made = performance.now() - began;
      await detect();
      const runs = [await detect(), await detect(), await detect(), await detect(), await detect()];
      const time = median(runs.map((run) => run.time));
      console.log(
        `  detect, from its copy       ${rate(COLLECTED, time)}: ${counted(runs[0]?.events ?? 0, "event")} in ${counted(COLLECTED, "window")}, ${((COLLECTED * DIMS * 4) / time / 1e6).toFixed(1)} GB/s read; the copy is made once, in ${(made / 1000).toFixed(1)} s`,
      );
      const file = openSync(join(path, "orca.windows"), "r");
      const room = new Uint8Array(LOGITS_AT_ONCE * DIMS * 4);
      const read = timeOf(() => {
        for (let at = 0; readSync(file, room, 0, room.length, at) === room.length; ) at += room.length;
      });
      closeSync(file);
      console.log(`  reading the file alone      ${rate(COLLECTED, read)}`);
    } finally {
      folder.close();
    }
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Recordings of half an hour. */
async function fill(path: string, x: Float32Array): Promise<void> {
  const model = { id: "yamnet", dimensions: DIMS, rate: 16_000, window: { seconds: 0.96, hop: 0.48 } };
  const folder = await CollectionFolder.openForWriting(path, model);
  const random = uniform(2);
  const each = 3750;
  for (let first = 0; first < COLLECTED; first += each) {
    const own = Array.from({ length: Math.min(each, COLLECTED - first) }, (_, at) => {
      const row = Math.floor(random() * (x.length / DIMS));
      return { start: 0.48 * at, end: 0.48 * at + 0.96, vector: x.subarray(row * DIMS, (row + 1) * DIMS) };
    });
    await folder.collection.put({ name: `site/${first}.wav`, deployment: { name: "site", project: "bench" } }, own);
  }
  folder.close();
}

function timeOf(work: () => void): number {
  work();
  const began = performance.now();
  work();
  return performance.now() - began;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** Mixed real windows, or noise that is zero for the most part, as behind a ReLU. */
function windows(rows: number): { x: Float32Array<ArrayBuffer>; labels: Uint8Array[] } {
  const random = uniform(1);
  const arrays = sharedExists ? readNpz(sharedPath("answers/yamnet_windows.npz")) : undefined;
  const real = arrays?.get("X")?.data;
  const y = arrays?.get("y")?.data;
  const count = (real?.length ?? 0) / DIMS;
  const x = new Float32Array(rows * DIMS);
  const labels = Array.from({ length: CLASSES }, () => new Uint8Array(rows));
  for (let row = 0; row < rows; row++) {
    const [a, b, mix] = [Math.floor(random() * count), Math.floor(random() * count), 0.3 * random()];
    for (let d = 0; d < DIMS; d++) {
      const value =
        real === undefined
          ? Math.max(0, random() - 0.85) * 6
          : (1 - mix) * (real[a * DIMS + d] as number) + mix * (real[b * DIMS + d] as number);
      x[row * DIMS + d] = value === 0 ? 0 : Math.max(0, value + 0.1 * (random() - 0.5));
    }
    for (let k = 0; k < CLASSES; k++) {
      const flipped = random() < 0.02;
      const truth =
        y === undefined
          ? (x[row * DIMS + k] as number) > 0
          : k < 4
            ? y[a * 4 + k] === 1
            : y[a * 4] === 1 || y[a * 4 + 2] === 1;
      (labels[k] as Uint8Array)[row] = truth !== flipped ? 1 : 0;
    }
  }
  return { x, labels };
}

const SCRIPT = `
import sys, json, time, numpy as np, warnings
from sklearn.linear_model import LogisticRegression
warnings.filterwarnings("ignore")
folder, rows, C = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
X = np.fromfile(folder + "/x", np.float32).reshape(rows, -1); Y = np.fromfile(folder + "/y", np.uint8).reshape(-1, rows)
out = []
for name, tol, dtype in (("scikit-learn, float32, its default", 1e-4, np.float32), ("scikit-learn, float64, tol 1e-6", 1e-6, np.float64)):
    if rows > 10000 and tol < 1e-4: continue
    D = X.astype(dtype); began = time.time(); fits = [LogisticRegression(C=C, tol=tol, max_iter=2000).fit(D, y) for y in Y]; took = time.time() - began
    values = []
    for m, y in zip(fits, Y):
        w, b = m.coef_[0].astype(np.float64), float(m.intercept_[0]); z = X.astype(np.float64) @ w + b
        values.append(float(0.5 * w @ w + C * np.logaddexp(0, -(2.0 * y - 1) * z).sum()))
    out.append(dict(name=name, time=1000 * took, objectives=values))
print(json.dumps(out))
`;

function scikitLearn(x: Float32Array<ArrayBuffer>, labels: readonly Uint8Array[], C: number) {
  const folder = mkdtempSync(join(tmpdir(), "orca-bench-"));
  try {
    writeFileSync(join(folder, "x"), new Uint8Array(x.buffer));
    writeFileSync(join(folder, "y"), Buffer.concat(labels));
    const rows = String(x.length / DIMS);
    const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    const { status, stdout } = spawnSync(PYTHON, ["-c", SCRIPT, folder, rows, String(C)], { env, encoding: "utf8" });
    if (status !== 0) return [];
    return JSON.parse(stdout) as { name: string; time: number; objectives: number[] }[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
