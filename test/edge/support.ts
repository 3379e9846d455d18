import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { Delivery, JobsEnv, Message, ObjectBody, ObjectHead, SoundBucket } from "../../src/edge/bindings.ts";
import { consume, JobProgress } from "../../src/edge/index.ts";
import type { Services } from "../../src/http/index.ts";

interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly customMetadata: Readonly<Record<string, string>>;
}

/** R2 in memory, as far as it is used. Writes are counted by key. */
export class FakeBucket implements SoundBucket {
  readonly objects = new Map<string, Stored>();
  readonly writes = new Map<string, number>();
  /** Conditional writes that came too late. */
  refused = 0;

  set(key: string, bytes: Uint8Array, customMetadata: Readonly<Record<string, string>> = {}): Stored {
    const stored = { bytes: bytes.slice(), etag: createHash("md5").update(bytes).digest("hex"), customMetadata };
    this.objects.set(key, stored);
    return stored;
  }

  async head(key: string): Promise<ObjectHead | null> {
    const found = this.objects.get(key);
    return found === undefined ? null : { key, size: found.bytes.length, ...found };
  }

  async get(
    key: string,
    { range, onlyIf }: Parameters<SoundBucket["get"]>[1] = {},
  ): Promise<ObjectBody | ObjectHead | null> {
    const found = this.objects.get(key);
    if (found === undefined) return null;
    const head = { key, size: found.bytes.length, etag: found.etag, customMetadata: found.customMetadata };
    if (onlyIf !== undefined && onlyIf.etagMatches !== found.etag) return head;
    const bytes = range === undefined ? found.bytes : found.bytes.slice(range.offset, range.offset + range.length);
    const { body } = new Response(new Uint8Array(bytes));
    return { ...head, body: body as ReadableStream<Uint8Array>, arrayBuffer: async () => new Uint8Array(bytes).buffer };
  }

  async put(key: string, value: Uint8Array, { customMetadata = {}, onlyIf }: Parameters<SoundBucket["put"]>[2] = {}) {
    const there = this.objects.get(key);
    const allowed =
      (onlyIf?.etagDoesNotMatch !== "*" || there === undefined) &&
      (onlyIf?.etagMatches === undefined || onlyIf.etagMatches === there?.etag);
    if (!allowed) {
      this.refused++;
      return null;
    }
    this.set(key, value, customMetadata);
    this.writes.set(key, (this.writes.get(key) ?? 0) + 1);
    return this.head(key);
  }

  async list({ prefix = "", startAfter = "", limit = 1000 }: Parameters<SoundBucket["list"]>[0]) {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort();
    const objects = await Promise.all(keys.slice(0, limit).map((key) => this.head(key)));
    return { objects: objects.filter((object) => object !== null), truncated: keys.length > limit };
  }

  createMultipartUpload(): never {
    throw new Error("Results of these tests are short.");
  }
}

/** Durable Objects of one kind, each with its own SQLite in memory. */
function namespace(): JobsEnv["JOBS"] {
  const objects = new Map<unknown, JobProgress>();
  return {
    idFromName: (name) => name,
    get(id) {
      const object = objects.get(id) ?? new JobProgress(stateOf(new DatabaseSync(":memory:")));
      objects.set(id, object);
      return object;
    },
  };
}

function stateOf(database: DatabaseSync): ConstructorParameters<typeof JobProgress>[0] {
  return {
    storage: {
      sql: {
        exec(query, ...values) {
          const rows = database.prepare(query).all(...values) as Record<string, string | number | null>[];
          return { toArray: () => rows };
        },
      },
      transactionSync(work) {
        database.exec("begin");
        try {
          const result = work();
          database.exec("commit");
          return result;
        } catch (thrown) {
          database.exec("rollback");
          throw thrown;
        }
      },
    },
  };
}

/** A queue that delivers at least once: when it is told to, some messages twice. */
export class FakeQueue {
  readonly waiting: { body: unknown; tries: number }[] = [];
  readonly dead: unknown[] = [];

  async send(body: Message): Promise<void> {
    this.waiting.push({ body, tries: 0 });
  }

  async sendBatch(messages: readonly { readonly body: Message }[]): Promise<void> {
    for (const { body } of messages) this.waiting.push({ body, tries: 0 });
  }

  /** Delivers until nothing waits. @param twice  whether a message is delivered twice, side by side */
  async drain(env: JobsEnv, services: Services, twice: (body: unknown) => boolean = () => false): Promise<void> {
    for (let one = this.waiting.shift(); one !== undefined; one = this.waiting.shift()) {
      const { body, tries } = one;
      let again = false;
      const delivery = (): Delivery => ({
        body,
        ack: () => undefined,
        retry() {
          again = true;
        },
      });
      const batch = () => consume({ queue: "jobs", messages: [delivery()] }, env, services);
      await Promise.all(twice(body) ? [batch(), batch()] : [batch()]);
      if (!again) continue;
      if (tries < 3) this.waiting.push({ body, tries: tries + 1 });
      else {
        this.dead.push(body);
        await consume({ queue: "jobs-dead", messages: [delivery()] }, env, services);
      }
    }
  }
}

export interface Edge {
  readonly env: JobsEnv;
  readonly bucket: FakeBucket;
  readonly queue: FakeQueue;
}

export function edge(more: Partial<JobsEnv> = {}): Edge {
  const [bucket, queue] = [new FakeBucket(), new FakeQueue()];
  return { env: { JOBS: namespace(), QUEUE: queue, SOUND: bucket, ...more }, bucket, queue };
}
