import { type NetContract, sizeOf } from "../../src/engines/index.ts";
import { description as humpback } from "../../src/models/humpback/description.ts";
import { contractOf } from "../../src/models/index.ts";
import { description as vggish } from "../../src/models/vggish/description.ts";
import { description as yamnet } from "../../src/models/yamnet/description.ts";

/** What is compared, and what each net takes and gives. */
export const NETS: Readonly<Record<string, NetContract>> = Object.fromEntries(
  [yamnet, humpback, vggish].map((description) => [description.id, contractOf(description)]),
);

/** The engines, by the name of the file that they read. */
export const ENGINES = ["ort", "fp32", "int8"] as const;
export type EngineName = (typeof ENGINES)[number];

/** Numbers in the range of log-mel and PCEN values. */
export function windows(count: number, { input }: NetContract): Float32Array[] {
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: sizeOf(input) }, (_, i) => Math.abs(Math.sin(i * 0.7)) * 2),
  );
}
