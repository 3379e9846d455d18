import type { ServerModels } from "./server-models.ts";

/** What the models' scores are of, as this server tells; asked for once a model, when its first scores come. */
export class ClassNames {
  readonly #names = new Map<string, readonly string[]>();
  readonly #models: ServerModels;
  readonly #changed: () => void;

  constructor(models: ServerModels, changed: () => void) {
    this.#models = models;
    this.#changed = changed;
  }

  /** A class by its name, where that is known. */
  name(model: string, at: number): string {
    return this.#names.get(model)?.[at] ?? `class ${at}`;
  }

  /** Asks the server. Without an answer the classes keep their numbers. */
  want(model: string): void {
    if (this.#names.has(model)) return;
    this.#names.set(model, []);
    void this.#models.come
      .then(async () => {
        // Seeded weights have no names, and asking for them would only be refused.
        const path = this.#models.get(model)?.classes;
        if (path === undefined || path === null) return;
        const { classes } = (await (await fetch(path.replace(/^\//, ""))).json()) as { classes: { name: string }[] };
        this.#names.set(
          model,
          classes.map(({ name }) => name),
        );
        this.#changed();
      })
      .catch(() => undefined);
  }
}
