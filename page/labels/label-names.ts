import type { Teller } from "../teller.ts";

/** The label names that the keys 1 to 9 give, until others are chosen. */
const FIRST = ["orca call", "humpback", "ship", "noise"];
const MOST = 9;
const NAMES_KEY = "orca-label-names";
const BY_KEY = "orca-label-by";

/** The names that labels have here, and who gives them; kept in the browser. */
export class LabelNames {
  /** Those of the keys, in their order. */
  names: readonly string[];
  /** The one that hits are accepted and rejected as. */
  name: string;
  /** Who labels. */
  by: string;
  readonly #teller: Teller;

  constructor(teller: Teller) {
    this.#teller = teller;
    this.names = kept() ?? FIRST;
    this.name = this.names[0] ?? (FIRST[0] as string);
    this.by = localStorage.getItem(BY_KEY) ?? "me";
  }

  set(names: readonly string[]): void {
    this.names = names.slice(0, MOST);
    if (!this.names.includes(this.name)) this.name = this.names[0] ?? (FIRST[0] as string);
    localStorage.setItem(NAMES_KEY, JSON.stringify(this.names));
    this.#teller.changed();
  }

  setBy(by: string): void {
    this.by = by;
    localStorage.setItem(BY_KEY, by);
    this.#teller.changed();
  }
}

function kept(): string[] | undefined {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(NAMES_KEY) ?? "null");
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}
