/** What the projector is told of one embedding: vz_projector's EmbeddingInfo, projector_config.proto's names. */
export interface Embedding {
  readonly tensorName: string;
  readonly tensorShape: readonly [windows: number, size: number];
  readonly tensorPath: string;
  readonly metadataPath: string;
  /** Pictures of the windows; a model that takes the waveform has none. */
  readonly sprite?: { readonly imagePath: string; readonly singleImageDim: readonly [width: number, height: number] };
}

export interface ProjectorConfig {
  readonly embeddings: readonly Embedding[];
}

export const CONFIG_FILE = "projector_config.json";

export function configJson(config: ProjectorConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/**
 * projector_config.pbtxt, which TensorBoard looks for in its logdir (projector/metadata.py). Its paths are relative to it.
 */
export function configPbtxt({ embeddings }: ProjectorConfig): string {
  return embeddings
    .map(
      ({ tensorName, tensorShape, tensorPath, metadataPath, sprite }) => `embeddings {
  tensor_name: ${JSON.stringify(tensorName)}
${tensorShape.map((size) => `  tensor_shape: ${size}\n`).join("")}  tensor_path: ${JSON.stringify(tensorPath)}
  metadata_path: ${JSON.stringify(metadataPath)}
${sprite === undefined ? "" : spritePbtxt(sprite)}}
`,
    )
    .join("");
}

function spritePbtxt({ imagePath, singleImageDim }: NonNullable<Embedding["sprite"]>): string {
  return `  sprite {
    image_path: ${JSON.stringify(imagePath)}
${singleImageDim.map((size) => `    single_image_dim: ${size}\n`).join("")}  }
`;
}

/**
 * The same with every path as an address: the projector on the web takes a path as relative to itself, not to the config.
 * @param base  where the bundle's folder is, with a slash at its end
 */
export function configAt({ embeddings }: ProjectorConfig, base: string): ProjectorConfig {
  const at = (path: string) => new URL(path.split("/").map(encodeURIComponent).join("/"), base).href;
  return {
    embeddings: embeddings.map((embedding) => ({
      ...embedding,
      tensorPath: at(embedding.tensorPath),
      metadataPath: at(embedding.metadataPath),
      ...(embedding.sprite === undefined
        ? {}
        : { sprite: { ...embedding.sprite, imagePath: at(embedding.sprite.imagePath) } }),
    })),
  };
}

/** The address that opens a config in the page's own viewer, which the same server has beside its folder of bundles. */
export function viewerLink(config: string): string {
  const { origin, pathname } = new URL(config);
  const below = /^(.*?)\/projector\//.exec(pathname)?.[1] ?? "";
  return `${origin}${below}/?config=${encodeURIComponent(pathname)}`;
}

/** The address that opens the projector of projector.tensorflow.org with a config that the browser can reach. */
export function projectorLink(config: string): string {
  return `https://projector.tensorflow.org/?config=${encodeURIComponent(config)}`;
}
