import * as z from "zod";
import { OrcaError } from "../errors.ts";
import { ENGINES, type EngineName } from "./engine.ts";

/** File names are plain: nothing in a manifest may point out of the folder that holds it. */
const FileName = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().nonnegative();

const File = z.object({ file: FileName, bytes: Count, sha256: Sha256 });
const Shape = z.array(z.int());
const Bands = z.array(z.number());

/** A file in pieces; bytes and sha256 are of the whole. */
const Pieces = z.object({ bytes: Count, sha256: Sha256, pieces: z.array(File) });

const Variant = z
  .object({
    /** How the weights are stored, in words. */
    description: z.string(),
    /** The reference format, for other runtimes and for people; one file. */
    onnx: File.optional(),
    /** What the ort engine loads: the same graph in onnxruntime's own format. */
    ort: Pieces.optional(),
    /** What the kernels engine loads; `kernels` is the fingerprint of the kernels that it was packed for. */
    packed: Pieces.extend({ kernels: z.string() }).optional(),
  })
  .refine(({ ort, packed }) => ort !== undefined || packed !== undefined, "no engine runs it");

const ModelEntry = z.object({
  name: z.enum(["vggish", "yamnet", "humpback"]),
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
  /** SPDX identifier, or in words. */
  licence: z.string(),
  /** The licence's text, beside the model. */
  licenceText: File.optional(),
  parameters: Count,
  converter: z.string(),
  input: Shape,
  embedding: Count,
  scores: Count,
  /** Trained vectors of Humpback's front end. */
  pcen: z.object({ alpha: Bands, delta: Bands, root: Bands }).optional(),
  /** VGGish's post-processing, where it was given: 128 means, then the 128 rows of E; float64, little-endian. */
  pca: File.optional(),
  /** What the scores are of, where the list was there when the weights were converted: JSON, [{ id, name }] in order. */
  classes: File.extend({ source: z.string(), licence: z.string() }).optional(),
  variants: z.record(z.string(), Variant),
});

const Manifest = z.object({ format: z.literal(1), models: z.array(ModelEntry) });

export type ManifestPieces = z.infer<typeof Pieces>;
export type ManifestFile = z.infer<typeof File>;
export type ManifestVariant = z.infer<typeof Variant>;
export type ManifestModel = z.infer<typeof ModelEntry>;
/** models/onnx/manifest.json: what there is, where it came from, and the sha256 of every file. */
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST_FILE = "manifest.json";
/** What is meant where no variant is named: the published numbers. */
export const DEFAULT_VARIANT = "fp32";

/** What an engine loads of a variant, where there is something. */
export function piecesFor({ ort, packed }: ManifestVariant, engine: EngineName): ManifestPieces | undefined {
  return engine === "ort" ? ort : packed;
}

/** The engines that run a variant. */
export function enginesOf(variant: ManifestVariant): EngineName[] {
  return ENGINES.filter((engine) => piecesFor(variant, engine) !== undefined);
}

/** sha256 that tells one set of weights from another: of the .onnx file, or of what was packed without one. */
export function weightsDigest({ onnx, packed }: ManifestVariant): string {
  return onnx?.sha256 ?? packed?.sha256 ?? "";
}

/** Checks what was read from manifest.json; throws `model_damaged`. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OrcaError("model_damaged", "manifest.json is not JSON.", {
      cause,
      hint: "Build the models again: npm run models",
    });
  }
  const result = Manifest.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new OrcaError("model_damaged", `manifest.json is wrong at ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: "Build the models again: npm run models",
  });
}
