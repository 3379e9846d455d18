import { OrcaError } from "../errors.ts";

/** One of a model's classes. */
export interface ModelClass {
  /** AudioSet's identifier, like /m/032n05; empty where the published list has none. */
  readonly id: string;
  readonly name: string;
}

/** The classes as they are kept beside the model: JSON, in the order of the scores. */
export function packClasses(classes: readonly ModelClass[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(classes.map(({ id, name }) => ({ id, name })))}\n`);
}

/** Throws `model_damaged` where the bytes are something else. */
export function unpackClasses(bytes: Uint8Array): ModelClass[] {
  let classes: unknown;
  try {
    classes = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    classes = undefined;
  }
  const isClass = (value: unknown): value is ModelClass => {
    const { id, name } = (value ?? {}) as Partial<ModelClass>;
    return typeof id === "string" && typeof name === "string";
  };
  if (Array.isArray(classes) && classes.every(isClass)) return classes;
  throw new OrcaError("model_damaged", "The list of classes beside the model is not what the converter writes.", {
    hint: "Convert the model again.",
  });
}
