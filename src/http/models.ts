import { OrcaError } from "../errors.ts";
import { hopSeconds, MODEL_NAMES, MODELS, type ModelClass, type ModelName, windowSeconds } from "../models/index.ts";
import { type ModelStore, piecesFor, weightsDigest } from "../onnx/index.ts";
import type { ModelDescription } from "./openapi.ts";
import type { Services } from "./services.ts";

/** GET /v1/models. */
export async function listModels({ store, choices }: Services): Promise<ModelDescription[]> {
  const { models } = await store.manifest();
  return models.map((entry) => {
    const model = MODELS[entry.name];
    return {
      name: entry.name,
      title: model.title,
      rate: model.rate,
      window: { seconds: windowSeconds(model), hop: hopSeconds(model) },
      embedding: entry.embedding,
      scores: entry.scores,
      weights: entry.weights,
      parameters: entry.parameters,
      licence: entry.licence,
      classes: entry.classes === undefined ? null : `/v1/models/${entry.name}/classes`,
      source: entry.source,
      variants: Object.entries(entry.variants).flatMap(([name, variant]) => {
        const engines = choices.engines.flatMap((engine) => {
          const bytes = piecesFor(variant, engine)?.bytes;
          return bytes === undefined ? [] : [{ name: engine, bytes }];
        });
        const [first] = engines;
        if (first === undefined) return [];
        const { description } = variant;
        return [{ name, description, bytes: first.bytes, sha256: weightsDigest(variant), engines }];
      }),
    };
  });
}

export interface ClassList {
  readonly model: ModelName;
  readonly classes: readonly ModelClass[];
  readonly source: string;
  readonly licence: string;
}

/** GET /v1/models/MODEL/classes. Throws `unknown_model`, and `not_found` where the names are not here. */
export async function classesOf(store: ModelStore, text: string): Promise<ClassList> {
  const model = MODEL_NAMES.find((name) => name === text);
  if (model === undefined) {
    throw new OrcaError("unknown_model", `There is no model ${JSON.stringify(text)}.`, {
      field: "model",
      hint: `Models are: ${MODEL_NAMES.join(", ")}.`,
    });
  }
  const classes = await store.classes(model);
  const listed = (await store.manifest()).models.find(({ name }) => name === model)?.classes;
  if (classes !== undefined && listed !== undefined) {
    return { model, classes, source: listed.source, licence: listed.licence };
  }
  throw new OrcaError("not_found", `What the scores of ${model} are of is not known here.`, {
    hint: "The operator can convert YAMNet again with the published list: --classes yamnet_class_map.csv.",
  });
}
