import * as z from "zod";
import { checked, faultText } from "../checked.ts";
import { ENGINES } from "../engines/index.ts";
import { OrcaError } from "../errors.ts";
import { describeModel, ModelDescription } from "./description.ts";

/** File names are plain: nothing in a manifest may point out of the folder that holds it. */
const FileName = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().nonnegative();

const File = z.object({ file: FileName, bytes: Count, sha256: Sha256 });

/** What an engine loads: a file in pieces; bytes and sha256 are of the whole. */
const Artefact = z.object({
  bytes: Count,
  sha256: Sha256,
  pieces: z.array(File),
  /** What it was made for, where that is one build of an engine: the kernels' fingerprint. */
  build: z.string().optional(),
});

const Variant = z.object({
  /** How the weights are stored, in words. */
  description: z.string(),
  /** The reference format, for other runtimes and for people; one file. */
  onnx: File.optional(),
  /** By the engine that loads it. */
  artefacts: z.record(z.string(), Artefact),
});

const ModelEntry = z.object({
  description: ModelDescription,
  weights: z.enum(["trained", "seeded"]),
  /**
   * Where the weights came from. `sha256` is of the file that they were read from, or for a folder of the list of its
   * `files` as sha256sum prints it; null for seeded ones.
   */
  source: z.object({
    address: z.string(),
    sha256: Sha256.nullable(),
    files: z.array(z.object({ file: z.string(), bytes: Count, sha256: Sha256 })).optional(),
  }),
  /** The licence's text, beside the model. */
  licenceText: File.optional(),
  parameters: Count,
  converter: z.string(),
  /** The principal axes, where they were given: means, then rows, float64, little-endian. */
  components: File.optional(),
  /** What the scores are of, where the list was there when the weights were converted: JSON, [{ id, name }] in order. */
  classes: File.extend({ source: z.string(), licence: z.string() }).optional(),
  variants: z.record(z.string(), Variant),
});

export const MANIFEST_FORMAT = 2;
const Manifest = z.object({ format: z.literal(MANIFEST_FORMAT), models: z.array(ModelEntry) });

export type Artefact = z.infer<typeof Artefact>;
export type ManifestFile = z.infer<typeof File>;
export type ManifestVariant = z.infer<typeof Variant>;
export type ModelEntry = z.infer<typeof ModelEntry>;
/** models/onnx/manifest.json: what there is, where it came from, and the sha256 of every file. */
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST_FILE = "manifest.json";
/** What is meant where no variant is named: the published numbers. */
export const DEFAULT_VARIANT = "fp32";

/** Nothing can be written beside a manifest that cannot be read. */
const REBUILD =
  "Remove it and prepare the models again: npm run models. What was fetched comes from the cache; convert and add the rest again.";

/** The engines that run a variant, the fastest first. */
export function enginesOf({ artefacts }: ManifestVariant): string[] {
  const rank = (engine: string) => (ENGINES as readonly string[]).indexOf(engine);
  return Object.keys(artefacts).sort((a, b) => rank(a) - rank(b));
}

/** sha256 that tells one set of weights from another: of the .onnx file, or of what was packed without one. */
export function weightsDigest(variant: ManifestVariant): string {
  const [first = ""] = enginesOf(variant);
  return variant.onnx?.sha256 ?? variant.artefacts[first]?.sha256 ?? "";
}

/** Every file that is served: all but the .onnx files, which are for people, and may be larger than an asset may be. */
export function servedFiles({ licenceText, components, classes, variants }: ModelEntry): ManifestFile[] {
  const beside = [licenceText, components, classes].filter((file) => file !== undefined);
  const artefacts = Object.values(variants).flatMap((variant) => Object.values(variant.artefacts));
  return [...beside, ...artefacts.flatMap(({ pieces }) => pieces)];
}

/** Checks what was read from manifest.json; throws `model_damaged`. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OrcaError("model_damaged", "manifest.json is not JSON.", { cause, hint: REBUILD });
  }
  const { format } = (value ?? {}) as { format?: unknown };
  if (format !== MANIFEST_FORMAT) {
    const what = `manifest.json has format ${JSON.stringify(format)}; this version reads format ${MANIFEST_FORMAT}.`;
    throw new OrcaError("model_damaged", what, { field: "format", hint: REBUILD });
  }
  const { data, fault } = checked(Manifest, value);
  if (fault !== undefined)
    throw new OrcaError("model_damaged", `manifest.json is wrong at ${faultText(fault)}.`, { hint: REBUILD });
  const { models } = data;
  for (const [at, { description }] of models.entries()) {
    describeModel(description, `manifest.json, models.${at}.description`);
    const { id } = description;
    if (models.findIndex((model) => model.description.id === id) === at) continue;
    throw new OrcaError("model_damaged", `manifest.json has two models ${id}.`, { hint: REBUILD });
  }
  return data;
}
