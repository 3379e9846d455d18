import { buildModel } from "../../src/convert/build-model.ts";
import { SEEDED } from "../../src/convert/seeded-models.ts";
import { catalogued } from "../../src/models/catalogue.ts";
import { thinWeights } from "./thin-models.ts";

/** A folder of models with YAMNet at an eighth of its width, for runs in which the net proves nothing. */
export async function thinFolder(folder: string): Promise<void> {
  await buildModel(catalogued("yamnet"), thinWeights("yamnet"), SEEDED, folder);
}
