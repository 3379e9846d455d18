import { OrcaError } from "../errors.ts";
import {
  embeddingSize,
  enginesOf,
  hearingRange,
  hopSeconds,
  type ModelClass,
  type ModelStore,
  pictureOf,
  scoreCount,
  weightsDigest,
  windowSeconds,
} from "../models/index.ts";
import { givesOut } from "./given-files.ts";
import type { ModelListing } from "./openapi.ts";
import type { Services } from "./services.ts";

/** GET /v1/models. */
export async function listModels({
  store,
  choices,
  modelFiles,
}: Pick<Services, "store" | "choices" | "modelFiles">): Promise<ModelListing[]> {
  const { models } = await store.manifest();
  const may = (engine: string) => choices.engines.includes(engine) || choices.engines.includes("auto");
  const built = store.engines.map(({ id }) => id);
  return models.map((entry) => {
    const { description, weights, parameters, source, classes, variants } = entry;
    const { id, title, input, frontEnd, outputs, principalComponents, licence } = description;
    return {
      name: id,
      title,
      rate: input.rate,
      window: { seconds: windowSeconds(description), hop: hopSeconds(description) },
      frontEnd: frontEnd.kind,
      hears: hearingRange(description),
      bandCentres: pictureOf(description).bandCentres.map((hertz) => Math.round(hertz * 100) / 100),
      embedding: embeddingSize(description),
      scores: scoreCount(description),
      outputs: outputs.map(({ name, role }) => ({ name, role })),
      postprocess: principalComponents === undefined ? ["none"] : ["none", "pca"],
      weights,
      parameters,
      licence: licence.name,
      redistribution: licence.redistribution,
      files: givesOut(modelFiles, entry),
      classes: classes === undefined ? null : `/v1/models/${id}/classes`,
      source,
      variants: Object.entries(variants).flatMap(([name, variant]) => {
        const engines = enginesOf(variant).flatMap((engine) => {
          const bytes = variant.artefacts[engine]?.bytes;
          return bytes === undefined || !built.includes(engine) || !may(engine) ? [] : [{ name: engine, bytes }];
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
  readonly model: string;
  readonly classes: readonly ModelClass[];
  readonly source: string;
  readonly licence: string;
}

/** GET /v1/models/MODEL/classes. Throws `unknown_model`, and `not_found` where the names are not here. */
export async function classesOf(store: ModelStore, model: string): Promise<ClassList> {
  const { classes: listed } = await store.entry(model);
  const classes = await store.classes(model);
  if (classes !== undefined && listed !== undefined) {
    return { model, classes, source: listed.source, licence: listed.licence };
  }
  throw new OrcaError("not_found", `What the scores of ${model} are of is not known here.`, {
    hint: "The operator can convert the model again with the published list: --classes FILE (docs/models.md).",
  });
}
