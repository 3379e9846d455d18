import { asOrcaError } from "../../src/errors.ts";
import { HeadStage, parseHead } from "../../src/heads/index.ts";
import { troubleOf } from "../teller.ts";
import type { ScoreReply, ScoreRequest } from "./protocol.ts";

/** What a head says of embeddings, by the code and the kernels that run it everywhere. */
export async function scoreRows({ score }: ScoreRequest): Promise<ScoreReply> {
  const { name, text, model, rows } = score;
  try {
    const head = parseHead(text, name);
    const { id, classes } = head;
    const count = rows.parts.reduce((sum, part) => sum + part.length, 0) / rows.size;
    const probabilities = classes.map(() => new Float64Array(model === undefined ? 0 : count));
    if (model !== undefined) {
      const kernels = await WebAssembly.compileStreaming(fetch(score.kernels));
      const running = { ...model, dimensions: rows.size, scores: 0, names: undefined };
      const stage = new HeadStage(kernels, running, [{ head, sha256: "" }], []);
      let row = 0;
      for (const part of rows.parts) {
        for (let at = 0; at < part.length; at += rows.size, row++) {
          const said = stage.score(part.subarray(at, at + rows.size), undefined);
          for (const [k, one] of classes.entries())
            (probabilities[k] as Float64Array)[row] = said.noise === undefined ? (said.heads[id]?.[one.name] ?? 0) : 0;
        }
      }
    }
    const facts = classes.map(({ name, threshold }) => ({ name, threshold }));
    return { kind: "scored", scored: { id, model: head.model.id, classes: facts, probabilities } };
  } catch (thrown) {
    return { kind: "failure", trouble: troubleOf(asOrcaError(thrown)) };
  }
}
