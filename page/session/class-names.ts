import type { ModelName } from "../../src/models/index.ts";

/** What the models' scores are of, as this server tells; asked for once a model, when its first scores come. */
export class ClassNames {
  readonly #names = new Map<ModelName, readonly string[]>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** A class by its name, where that is known. */
  name(model: ModelName, at: number): string {
    return this.#names.get(model)?.[at] ?? `class ${at}`;
  }

  /** Asks the server. Without an answer the classes keep their numbers. */
  want(model: ModelName): void {
    if (this.#names.has(model)) return;
    this.#names.set(model, []);
    void fetch("/v1/models")
      .then((response) => response.json() as Promise<{ models: { name: string; classes: string | null }[] }>)
      .then(async ({ models }) => {
        // Seeded weights have no names, and asking for them would only be refused.
        const path = models.find(({ name }) => name === model)?.classes;
        if (path === undefined || path === null) return;
        const { classes } = (await (await fetch(path)).json()) as { classes: { name: string }[] };
        this.#names.set(
          model,
          classes.map(({ name }) => name),
        );
        this.#changed();
      })
      .catch(() => undefined);
  }
}
