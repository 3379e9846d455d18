import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";

/** Recordings, weights and reference numbers that lie beside the checkout and are nobody's to copy into it. */
const folder = process.env.ORCA_SHARED ?? fileURLToPath(new URL("../../../shared", import.meta.url));

export const sharedExists = existsSync(folder);
if (!sharedExists) {
  console.warn(`Skipped: tests against reference recordings and numbers, because ${folder} is not there.`);
}

export function sharedPath(name: string): string {
  return `${folder}/${name}`;
}

/** One array of an .npz archive, as float64 or float32 numbers with its shape. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export function readNpz(path: string): Map<string, NpyArray> {
  const files = unzipSync(readFileSync(path));
  return new Map(Object.entries(files).map(([name, bytes]) => [name.replace(/\.npy$/, ""), readNpy(bytes)]));
}

function readNpy(bytes: Uint8Array): NpyArray {
  const headerLength = bytes[6] === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = headerLength === 10 ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(headerLength, headerLength + length));
  const descr = /'descr': '([^']+)'/.exec(header)?.[1];
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const body = bytes.slice(headerLength + length).buffer;
  const data =
    descr === "<f4"
      ? new Float32Array(body)
      : descr === "<f8"
        ? new Float64Array(body)
        : descr === "<i8" || descr === "<M8[ms]"
          ? Float64Array.from(new BigInt64Array(body), Number)
          : descr === "<i4"
            ? Float64Array.from(new Int32Array(body))
            : descr === "|u1"
              ? Float64Array.from(new Uint8Array(body))
              : undefined;
  if (data === undefined) throw new Error(`npy of type ${descr}`);
  return { shape, data };
}
