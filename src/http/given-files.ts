import { OrcaError } from "../errors.ts";
import { isPublicLicence, type ModelEntry } from "../models/index.ts";

/** Whose files are given out: of models whose licence lets anybody pass them on, of all, of none. */
const GIVEN = ["licensed", "all", "none"] as const;
export type GivenFiles = (typeof GIVEN)[number];

export interface ModelFileSettings {
  readonly MODEL_FILES?: string;
}

/** Reads the setting; throws `bad_option` for another word. */
export function givenFilesFrom({ MODEL_FILES = "" }: ModelFileSettings): GivenFiles {
  const given = GIVEN.find((word) => word === (MODEL_FILES || "licensed"));
  if (given !== undefined) return given;
  throw new OrcaError("bad_option", `MODEL_FILES=${JSON.stringify(MODEL_FILES)} is none of ${GIVEN.join(", ")}.`, {
    field: "MODEL_FILES",
    hint: "licensed gives out the files of models whose licence lets anybody pass them on.",
  });
}

/** Whether a model's files are given out. */
export function givesOut(given: GivenFiles, { description }: ModelEntry): boolean {
  return given === "all" || (given === "licensed" && isPublicLicence(description.licence.name));
}
