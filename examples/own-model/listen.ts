/**
 * A model of your own, by what song.json says of it. First, with your file and onnxruntime-web installed:
 *   npx orca-embed models add song.onnx --as song --describe song.json --out models
 * then: node listen.ts call.wav
 */
import { extract, nodeRuntime } from "orca-embeddings";

const runtime = await nodeRuntime("models");
const classes = (await runtime.store.classes("song")) ?? [];
for await (const record of extract(process.argv[2] ?? "call.wav", "song", { runtime, scores: true })) {
  if (record.type !== "window" || record.scores === undefined) continue;
  const scores = [...record.scores].map((score, at) => `${classes[at]?.name} ${score.toFixed(3)}`);
  console.log(record.start, scores.join(", "));
}
