import { OrcaError } from "../errors.ts";
import { DEFAULT_ENGINE, type EngineName } from "./engine.ts";
import { DEFAULT_VARIANT, enginesOf, type ManifestModel } from "./manifest.ts";

/** Why a model does not run as it was asked for, with what there is instead. */
export function cannotRun(entry: ManifestModel, variant: string, engine: EngineName): OrcaError {
  const { name, variants } = entry;
  const there = Object.entries(variants).map(([known, files]) => `${known} (${enginesOf(files).join(", ")})`);
  const pack = engine === "kernels" ? ` Pack it for the kernels: orca-embed models pack ${name}.` : "";
  const hint = `There is: ${there.join(", ")}.${pack}`;
  const known = Object.hasOwn(variants, variant);
  if (known && variant === DEFAULT_VARIANT) {
    return new OrcaError("models_missing", `The model ${name} is not here as ${variant} for the ${engine} engine.`, {
      field: "engine",
      hint,
    });
  }
  const whose = known || engine !== DEFAULT_ENGINE ? ` for the ${engine} engine` : "";
  const message = `The model ${name} has no variant ${JSON.stringify(variant)}${whose}.`;
  return new OrcaError("unknown_variant", message, { field: "variant", hint });
}
