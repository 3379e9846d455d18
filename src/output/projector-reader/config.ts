import { OrcaError } from "../../errors.ts";

/** One embedding of a config: what may be missing is undefined. */
export interface EmbeddingInfo {
  readonly tensorName: string;
  readonly tensorShape: readonly [count: number, size: number];
  readonly tensorPath: string;
  readonly metadataPath: string | undefined;
  readonly sprite:
    | { readonly imagePath: string; readonly singleImageDim: readonly [width: number, height: number] }
    | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads projector_config.json; throws `bundle_invalid` with the field that is wrong. */
export function readConfig(text: string, file: string): EmbeddingInfo[] {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    const hint = "It must be the projector_config.json of a bundle.";
    throw new OrcaError("bundle_invalid", `${file} is not JSON: ${(cause as Error).message}.`, {
      field: file,
      hint,
      cause,
    });
  }
  const { embeddings } = fields(config);
  if (!Array.isArray(embeddings) || embeddings.length === 0)
    throw wrong(file, "embeddings", "a list of one embedding or more");
  return embeddings.map((embedding, at) => readEmbedding(fields(embedding), `embeddings[${at}]`, file));
}

function readEmbedding(embedding: Fields, where: string, file: string): EmbeddingInfo {
  const text = (holder: Fields, name: string, place = `${where}.${name}`) => {
    const value = holder[name];
    if (typeof value !== "string" || value === "") throw wrong(file, place, "a text");
    return value;
  };
  const sprite = embedding.sprite === undefined ? undefined : fields(embedding.sprite);
  return {
    tensorName: text(embedding, "tensorName"),
    tensorShape: pair(embedding.tensorShape, `${where}.tensorShape`, file),
    tensorPath: text(embedding, "tensorPath"),
    metadataPath: embedding.metadataPath === undefined ? undefined : text(embedding, "metadataPath"),
    sprite: sprite && {
      imagePath: text(sprite, "imagePath", `${where}.sprite.imagePath`),
      singleImageDim: pair(sprite.singleImageDim, `${where}.sprite.singleImageDim`, file),
    },
  };
}

function pair(value: unknown, where: string, file: string): [number, number] {
  const [a, b, ...more]: unknown[] = Array.isArray(value) ? value : [];
  const whole = (part: unknown): part is number => Number.isSafeInteger(part) && (part as number) > 0;
  if (whole(a) && whole(b) && more.length === 0) return [a, b];
  throw wrong(file, where, "two whole numbers above 0");
}

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

function wrong(file: string, where: string, what: string): OrcaError {
  return new OrcaError("bundle_invalid", `${file}: ${where} is not ${what}.`, {
    field: file,
    hint: "orca-embed project writes such files; the projector's documentation describes them.",
  });
}
