import { OrcaError } from "../errors.ts";
import { DEFAULT_VARIANT, enginesOf, type ManifestVariant, type ModelEntry } from "./manifest.ts";

/** That a model does not run as it was asked for, with what there is instead. */
export function cannotRun({ description, variants }: ModelEntry, variant: string, engine: string): OrcaError {
  const { id } = description;
  const there = Object.entries(variants).map(([name, files]) => `${name} (${enginesOf(files).join(", ")})`);
  const pack = engine === "kernels" ? ` Pack it for the kernels: orca-embed models pack ${id}.` : "";
  const hint = `There is: ${there.join(", ")}.${pack}`;
  const known = variantOf(variants, variant) !== undefined;
  if (known && variant === DEFAULT_VARIANT) {
    return new OrcaError("models_missing", `The model ${id} is not here as ${variant} for the ${engine} engine.`, {
      field: "engine",
      hint,
    });
  }
  const whose = engine === "auto" ? "" : ` for the ${engine} engine`;
  const message = `The model ${id} has no variant ${JSON.stringify(variant)}${whose}.`;
  return new OrcaError("unknown_variant", message, { field: "variant", hint });
}

/** Names come from requests: what every object has is none of them. */
export function variantOf(variants: ModelEntry["variants"], name: string): ManifestVariant | undefined {
  return Object.hasOwn(variants, name) ? variants[name] : undefined;
}
