import type { Annotation } from "../../src/labels/index.ts";

/** What is kept of a recording's labels: found again by the recording's fingerprint. */
export interface KeptLabels {
  readonly id: string;
  /** What the file was called when it was labelled. */
  readonly name: string;
  readonly annotations: readonly Annotation[];
}

const STORE = "labels";

/** The browser's own store of labels (IndexedDB). Writes follow one another. */
export class LabelStore {
  readonly #database: Promise<IDBDatabase>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(name = "orca-workbench") {
    this.#database = new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("IndexedDB does not open."));
    });
    // Whoever reads or writes is told; before that nobody is.
    this.#database.catch(() => undefined);
  }

  async read(id: string): Promise<KeptLabels | undefined> {
    await this.#last.catch(() => undefined);
    return done((await this.#store("readonly")).get(id) as IDBRequest<KeptLabels | undefined>);
  }

  /** Recordings that have labels here, whether they are open or not. */
  async all(): Promise<KeptLabels[]> {
    return done((await this.#store("readonly")).getAll() as IDBRequest<KeptLabels[]>);
  }

  /** Resolves when it is on the disk. */
  write(labels: KeptLabels): Promise<void> {
    const next = this.#last
      .catch(() => undefined)
      .then(async () => {
        const store = await this.#store("readwrite");
        if (labels.annotations.length === 0) store.delete(labels.id);
        else store.put(labels);
        await new Promise<void>((resolve, reject) => {
          store.transaction.oncomplete = () => resolve();
          store.transaction.onerror = () => reject(store.transaction.error);
          store.transaction.onabort = () => reject(store.transaction.error ?? new Error("It was not written."));
        });
      });
    this.#last = next;
    return next;
  }

  async #store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.#database).transaction(STORE, mode).objectStore(STORE);
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
