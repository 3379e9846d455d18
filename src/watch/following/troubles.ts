import type { WatchedHydrophone } from "../config.ts";
import type { Telling } from "../deliveries/telling.ts";
import type { Trouble, TroubleKind, TroubleStore } from "../store/trouble-store.ts";

/** Whether a trouble is of the way to us, or of the sound itself: one of each may be. */
const isGone = (kind: TroubleKind) => kind === "gone";

/** What is wrong with a hydrophone, written down and told when it begins and when it is over. */
export class Troubles {
  readonly #hydrophone: WatchedHydrophone;
  readonly #store: TroubleStore;
  readonly #telling: Telling;
  readonly #say: (line: string) => void;

  constructor(hydrophone: WatchedHydrophone, store: TroubleStore, telling: Telling, say: (line: string) => void) {
    this.#hydrophone = hydrophone;
    this.#store = store;
    this.#telling = telling;
    this.#say = say;
  }

  /**
   * What is wrong now with the way to us, or with the sound; undefined where nothing is. Within a transaction.
   * @param since  ms since 1970 @returns whether anything has changed
   */
  keep(
    of: "way" | "sound",
    found: { readonly kind: TroubleKind; readonly message: string } | undefined,
    since: number,
    now: number,
  ): boolean {
    const open = this.#store.open(this.#hydrophone.name).filter(({ kind }) => isGone(kind) === (of === "way"));
    const over = open.filter(({ kind }) => kind !== found?.kind);
    for (const { number } of over) this.#tell(this.#store.end(number, now), now);
    // None of the same kind goes on.
    const begins = found !== undefined && over.length === open.length;
    if (begins) this.#tell(this.#store.begin(this.#hydrophone.name, found.kind, found.message, since), now);
    return begins || over.length > 0;
  }

  #tell(trouble: Trouble, now: number): void {
    const { name, title, deliver } = this.#hydrophone;
    this.#say(`${name}: ${trouble.ended === undefined ? `trouble: ${trouble.message}` : `${trouble.kind} no longer`}`);
    this.#telling.tellTrouble(trouble, title, deliver, now);
  }
}
