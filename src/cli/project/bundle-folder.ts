import { dirname, join } from "node:path";
import { writingInto } from "../../errors.ts";
import { makeFolder } from "../../make-folder.node.ts";
import { bundleFiles, type ModelBundle } from "../../output/index.ts";
import { Draft } from "../draft.ts";

/** Writes a bundle's files; each appears under its name when it is whole. Gives their paths. */
export async function writeBundle(
  models: readonly ModelBundle[],
  out: string,
  base: string | undefined,
): Promise<string[]> {
  const written: string[] = [];
  for await (const { path, pieces } of bundleFiles(models, base)) {
    const target = join(out, path);
    await writingInto(out, () => makeFolder(dirname(target)));
    const draft = new Draft(target);
    try {
      for await (const piece of pieces) await draft.write(piece);
      await draft.keep();
    } catch (thrown) {
      await draft.drop();
      throw thrown;
    }
    written.push(path);
  }
  return written;
}
