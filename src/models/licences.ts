/** What is said of numbers that nobody trained: they are anybody's. */
export const GENERATED_LICENCE = "none: generated numbers";

/** SPDX identifiers of licences under which anybody may pass weights on, with the licence's text or the author's name. */
const PUBLIC = new Set(
  ["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "CC0-1.0"].concat(["CC-BY-4.0", "CC-BY-SA-4.0"]),
);

/**
 * Whether weights under a licence may be given to anybody who asks. Of one that is not known here nothing is taken for granted.
 * @param name  as a model's description has it
 */
export function isPublicLicence(name: string): boolean {
  return name === GENERATED_LICENCE || PUBLIC.has(name);
}
