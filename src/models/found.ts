/**
 * The published models: each folder beside this file that has an index.ts, which exports a `model`. No list names them. The
 * package has no folders, so its build puts another text in this file's place (scripts/support/library.ts).
 */
import { existsSync, readdirSync } from "node:fs";
import type { CataloguedModel } from "./catalogued-model.ts";

/** The models whose folders lie in `folder`, by name. */
export function modelsIn(folder: URL): Promise<readonly CataloguedModel[]> {
  const indices = readdirSync(folder)
    .sort()
    .map((name) => new URL(`${name}/index.ts`, folder))
    .filter((index) => existsSync(index));
  return Promise.all(
    indices.map(async ({ href }) => ((await import(/* @vite-ignore */ href)) as { model: CataloguedModel }).model),
  );
}

export const FOUND: readonly CataloguedModel[] = await modelsIn(new URL("./", import.meta.url));
