import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "../src/heads/density.ts";
import { encodeFloats } from "../src/heads/floats.ts";
import { Embeddings, fitAll, HeadStage, Logits, parseHead } from "../src/heads/index.ts";
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
  running(kernels);
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

function running(kernels: WebAssembly.Module): void {
  const { x } = windows(4096);
  const head = parseHead(
    JSON.stringify({
      format: "orca-head 1",
      id: "bench",
      model: { id: "yamnet", dimensions: DIMS },
      classes: Array.from({ length: CLASSES }, (_, k) => ({ name: `class ${k}` })),
      weights: encodeFloats(Float32Array.from({ length: DIMS * CLASSES }, (_, i) => Math.sin(i))),
      bias: encodeFloats(new Float32Array(CLASSES)),
    }),
    "bench",
  );
  const logits = new Logits(kernels, [head]);
  const out = new Float64Array(4096 * CLASSES);
  const model = { id: "yamnet", sha256: undefined, variant: undefined, dimensions: DIMS, scores: 0, names: undefined };
  const stage = new HeadStage(kernels, model, [{ head, sha256: "" }], []);
  const rate = (rounds: number, run: () => void) => {
    run();
    const began = performance.now();
    for (let round = 0; round < rounds; round++) run();
    return (rounds * 4096) / ((performance.now() - began) / 1000);
  };
  const alone = rate(100, () => logits.run(x, out));
  const whole = rate(20, () => {
    logits.run(x, out);
    for (let at = 0; at < 4096; at++) {
      const vector = x.subarray(at * DIMS, (at + 1) * DIMS);
      stage.events({ start: at, end: at + 1 }, stage.scoreOf(out, at * CLASSES, vector, undefined));
    }
  });
  console.log(`\nRunning ${CLASSES} classes of ${DIMS} numbers`);
  console.log(`  logits                ${Math.round(alone).toLocaleString("en")} windows a second`);
  console.log(`  probabilities, events ${Math.round(whole).toLocaleString("en")} windows a second`);
}

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
