/** Heavy reading beside the page: the tensors and sprites of bundles, thumbnails, and collections. */
import { readHoplite } from "../../src/collection/read-hoplite.ts";
import { OrcaError } from "../../src/errors.ts";
import { readTensorText } from "../../src/output/projector-reader/index.ts";
import { BlobBytes } from "./blob-bytes.ts";
import type { Answers, BundleReply, BundleRequest, Numbered } from "./protocol.ts";
import { Sprite } from "./sprite.ts";

const port = self as unknown as {
  postMessage(message: BundleReply, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<Numbered<BundleRequest>>) => void;
};

/** Bytes of tensors that are looked through at a time. */
const BLOCK = 8 << 20;

let sprite: Sprite | undefined;

const WORK: { [Kind in keyof Answers]: (request: Extract<BundleRequest, { kind: Kind }>) => Promise<Answers[Kind]> } = {
  async tensors({ file, tensors, shape }) {
    if (file.endsWith(".bytes")) {
      const row = 4 * shape[1];
      if (tensors.size % row !== 0) {
        throw new OrcaError("bundle_invalid", `${file} has ${tensors.size} bytes, which are no whole rows of ${row}.`, {
          field: file,
          hint: "It must be float32 numbers, as many as the config's tensorShape says.",
        });
      }
      return { count: tensors.size / row, size: shape[1], labels: [], rows: tensors };
    }
    const { values, count, size, labels } = readTensorText(new Uint8Array(await tensors.arrayBuffer()), file);
    return { count, size: Math.max(1, size), labels, rows: new Blob([values]) };
  },
  async finite({ rows, size }) {
    const step = 4 * size * Math.max(1, Math.floor(BLOCK / (4 * size)));
    let bad = 0;
    for (let at = 0; at < rows.size; at += step) {
      const values = new Float32Array(await rows.slice(at, at + step).arrayBuffer());
      for (let row = 0; row < values.length; row += size) {
        // One that is not finite makes the sum so; a sum of finite ones does not overflow float64.
        let sum = 0;
        for (let k = row; k < row + size; k++) sum += values[k] as number;
        if (!Number.isFinite(sum)) bad++;
      }
    }
    return bad;
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
  async collection({ name, database, index }) {
    const files = { database: new BlobBytes(database), index: index && new BlobBytes(index) };
    const { vectors, ...content } = readHoplite(files, name);
    const parts: Blob[] = [];
    for (const rows of vectors()) parts.push(new Blob([rows]));
    return { ...content, rows: new Blob(parts) };
  },
};

port.onmessage = async ({ data: { id, body } }) => {
  try {
    const answer = await WORK[body.kind](body as never);
    port.postMessage({ id, body: { answer } }, Array.isArray(answer) ? (answer as ImageBitmap[]) : []);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const { field, hint } = thrown instanceof OrcaError ? thrown : { field: undefined, hint: undefined };
    const code = body.kind === "collection" ? "collection_invalid" : "bundle_invalid";
    port.postMessage({ id, body: { failure: { code, message, file: field, hint } } });
  }
};
