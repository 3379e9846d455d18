import { OrcaError } from "../../errors.ts";
import { CONFIG_FILE, configAt, configJson, configPbtxt, type Embedding } from "./config.ts";
import type { BundleFile, ModelBundle } from "./model-bundle.ts";

/**
 * The files of a bundle, model after model; the configs come last, so that where they are the rest is too. Throws
 * `no_samples` where no model has a window.
 * @param base  the address that the bundle's folder will have, with a slash at its end; without it paths are relative
 */
export async function* bundleFiles(models: readonly ModelBundle[], base?: string): AsyncGenerator<BundleFile> {
  const embeddings: Embedding[] = [];
  for (const model of models) {
    for await (const { file, embedding } of model.files()) {
      yield file;
      if (embedding !== undefined) embeddings.push(embedding);
    }
  }
  if (embeddings.length === 0) {
    throw new OrcaError("no_samples", "The recordings give no window, so there is nothing to project.", {
      hint: "VGGish needs 0.975 s of audio, Humpback 0.1 s; YAMNet takes any.",
    });
  }
  const config = { embeddings };
  yield textFile("README.txt", readme(models, embeddings));
  yield textFile("projector_config.pbtxt", configPbtxt(config));
  yield textFile(CONFIG_FILE, configJson(base === undefined ? config : configAt(config, base)));
}

function textFile(path: string, text: string): BundleFile {
  return {
    path,
    pieces: (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  };
}

function readme(models: readonly ModelBundle[], embeddings: readonly Embedding[]): string {
  const lines = [
    "Embeddings of underwater sound for TensorBoard's Embedding Projector, made by orca-embeddings.",
    "",
    "tensorboard --logdir on this folder shows them. On https://projector.tensorflow.org: serve this folder with",
    "orca-embed project --serve, or load tensors.tsv and metadata.tsv by hand.",
    "",
    "A row of tensors, a row of metadata and a thumbnail of the sprite, at the same place, are one window: start and end are",
    "seconds from the start of the recording, utc, where it is known, is when its first sample was taken, rms is the level",
    "of its audio (full scale is 1), the thumbnail is the spectrogram that the net saw, time to the right, frequency",
    "upwards. In metadata a tab is written \\t, a line feed \\n, a return \\r and a backslash \\\\.",
    "",
    ...embeddings.map(
      ({ tensorName, tensorShape, tensorPath }) => `${tensorName}: ${tensorShape.join(" x ")}, ${tensorPath}`,
    ),
  ];
  for (const { header, notes } of models) {
    if (header === undefined) continue;
    const { model, variant, weights, warning, sha256, version, engine, channel, highpass, resampler, pcen } = header;
    lines.push("", `${model}: ${variant}, ${weights} weights, sha256 ${sha256}`);
    lines.push(
      `  orca-embeddings ${version}, ${engine}; channel ${channel}${highpass === undefined ? "" : `; highpass ${highpass.hertz} Hz`}; resampler ${resampler.name}${pcen === undefined ? "" : `; pcen ${pcen}`}`,
    );
    for (const note of [...(warning === undefined ? [] : [warning]), ...notes]) lines.push(`  ${note}`);
  }
  return `${lines.join("\n")}\n`;
}
