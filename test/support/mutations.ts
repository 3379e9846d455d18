import fc from "fast-check";
import { runs } from "./long.ts";

/** Mutated files of each kind. fast-check prints the seed of what fails. */
export const FUZZ_RUNS = runs(150, 100_000);

/** For what takes several milliseconds to begin, as libraries in C do. */
export const FEW_FUZZ_RUNS = runs(60, 100_000);

/** One thing done to a file; places and amounts are shares of 2^16. */
export type Mutation = readonly ["flip" | "set" | "drop" | "double" | "insert" | "cut", place: number, amount: number];

export const mutation: fc.Arbitrary<Mutation> = fc.tuple(
  fc.constantFrom("flip", "flip", "flip", "set", "set", "drop", "double", "insert", "cut"),
  fc.nat(65535),
  fc.nat(65535),
);

export function mutate(file: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = Array.from(file);
  for (const [kind, place, amount] of mutations) {
    const at = Math.floor((place / 65536) * bytes.length);
    const run = 1 + (amount % 300);
    if (kind === "flip") bytes[at] = (bytes[at] ?? 0) ^ (1 << (amount % 8));
    else if (kind === "set") bytes[at] = [0xff, 0, 0xf1, 0x47, 0x80][amount % 5] as number;
    else if (kind === "drop") bytes.splice(at, run);
    else if (kind === "double") bytes.splice(at, 0, ...bytes.slice(at, at + run));
    else if (kind === "insert")
      bytes.splice(at, 0, ...Array.from({ length: run }, (_, i) => (amount * (i + 7) * 31) & 255));
    else if (amount % 4 === 0) bytes = bytes.slice(0, at);
  }
  return Uint8Array.from(bytes);
}
