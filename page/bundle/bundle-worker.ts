/** The viewer's heavy work beside the page: reading tensors and sprites, PCA, nearest points, thumbnails. */
import { OrcaError } from "../../src/errors.ts";
import { readTensorText } from "../../src/output/projector-reader/index.ts";
import type { Answers, BundleReply, BundleRequest, Numbered } from "./protocol.ts";
import { Sprite } from "./sprite.ts";
import { TensorRows } from "./tensor-rows.ts";

const port = self as unknown as {
  postMessage(message: BundleReply, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<Numbered<BundleRequest>>) => void;
};

let tensors: TensorRows | undefined;
let sprite: Sprite | undefined;

const WORK: { [Kind in keyof Answers]: (request: Extract<BundleRequest, { kind: Kind }>) => Promise<Answers[Kind]> } = {
  async tensors({ file, tensors: blob, shape }) {
    if (file.endsWith(".bytes")) {
      const row = 4 * shape[1];
      if (blob.size % row !== 0) {
        throw new OrcaError("bundle_invalid", `${file} has ${blob.size} bytes, which are no whole rows of ${row}.`, {
          field: file,
          hint: "It must be float32 numbers, as many as the config's tensorShape says.",
        });
      }
      tensors = new TensorRows(blob, shape[1]);
      return { labels: [], ...(await tensors.plot()) };
    }
    const { values, size, labels } = readTensorText(new Uint8Array(await blob.arrayBuffer()), file);
    tensors = new TensorRows(new Blob([values]), Math.max(1, size));
    return { labels, ...(await tensors.plot()) };
  },
  async sprite({ file, image, dim }) {
    sprite = undefined;
    sprite = new Sprite(new Uint8Array(await image.arrayBuffer()), dim, file);
    return { width: sprite.width, height: sprite.height };
  },
  async thumbnails({ points }) {
    const cut = sprite;
    if (cut === undefined) return [];
    return Promise.all(points.map((point) => createImageBitmap(cut.thumbnail(point))));
  },
  nearest: async ({ point, count }) => (await tensors?.nearest(point, count)) ?? [],
  rows: async ({ most }) => (await tensors?.some(most)) ?? { rows: new Float32Array(0), points: new Uint32Array(0) },
};

port.onmessage = async ({ data: { id, body } }) => {
  try {
    const answer = await WORK[body.kind](body as never);
    port.postMessage({ id, body: { answer } }, transferable(answer));
  } catch (thrown) {
    const failure = thrown instanceof Error ? thrown.message : String(thrown);
    const { field, hint } = thrown instanceof OrcaError ? thrown : { field: undefined, hint: undefined };
    port.postMessage({ id, body: { failure: { message: failure, file: field, hint } } });
  }
};

function transferable(answer: Answers[keyof Answers]): Transferable[] {
  if (Array.isArray(answer)) return answer.filter((part) => part instanceof ImageBitmap);
  if ("positions" in answer) return [answer.positions.buffer];
  if ("rows" in answer) return [answer.rows.buffer, answer.points.buffer];
  return [];
}
