import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { ObjectStorage } from "../../src/collection/index.ts";
import { collectionObject } from "../../src/http/index.ts";

const vectors = new WebAssembly.Module(readFileSync(new URL("../../build/vectors.wasm", import.meta.url)));

/** Storage as a Durable Object has it: blobs are ArrayBuffers, transactions are calls. */
function storage(): ObjectStorage {
  const database = new DatabaseSync(":memory:");
  return {
    sql: {
      exec(statement, ...values) {
        const bound = values.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
        const rows = database.prepare(statement).all(...bound);
        const plain = rows.map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [
              name,
              value instanceof Uint8Array ? value.slice().buffer : value,
            ]),
          ),
        );
        return { toArray: () => plain as Record<string, string>[] };
      },
    },
    transactionSync(work) {
      database.exec("SAVEPOINT work");
      try {
        const result = work();
        database.exec("RELEASE work");
        return result;
      } catch (thrown) {
        database.exec("ROLLBACK TO work; RELEASE work");
        throw thrown;
      }
    },
  };
}

/** A namespace whose objects live in this process, and may be started anew from what they keep. */
export function collectionObjects() {
  const kept = new Map<string, ObjectStorage>();
  const Collection = collectionObject(vectors);
  let objects = new Map<string, InstanceType<typeof Collection>>();
  return {
    restart: () => {
      objects = new Map();
    },
    idFromName: (name: string) => name,
    get: (id: unknown) => {
      const name = id as string;
      const disk = kept.get(name) ?? storage();
      kept.set(name, disk);
      const object = objects.get(name) ?? new Collection({ storage: disk });
      objects.set(name, object);
      return { fetch: (url: string, init?: RequestInit) => object.fetch(new Request(url, init)) };
    },
  };
}
