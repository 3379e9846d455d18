import type { Suppression, SuppressionStore } from "../store/suppression-store.ts";

/** Tells of windows whether they sound like what was rejected. */
export class Suppressing {
  readonly #store: SuppressionStore;
  readonly #hydrophone: string;
  #revision = -1;
  #rules: readonly Suppression[] = [];

  constructor(store: SuppressionStore, hydrophone: string) {
    this.#store = store;
    this.#hydrophone = hydrophone;
  }

  /** The rule that a window falls under. @param model  `MODEL/VARIANT` */
  ruleOf(embedding: Float32Array, model: string): string | undefined {
    if (this.#revision !== this.#store.revision) {
      this.#revision = this.#store.revision;
      this.#rules = this.#store.list(this.#hydrophone).filter(({ undone }) => undone === undefined);
    }
    const rules = this.#rules.filter((one) => one.model === model && one.centre.length === embedding.length);
    if (rules.length === 0) return undefined;
    let squares = 0;
    for (const value of embedding) squares += value * value;
    const length = Math.sqrt(squares);
    return rules.find(({ centre, nearest }) => {
      let sum = 0;
      for (let d = 0; d < centre.length; d++) sum += (centre[d] as number) * (embedding[d] as number);
      return sum >= nearest * length;
    })?.name;
  }
}
