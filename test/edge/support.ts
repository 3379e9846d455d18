import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import type { Delivery, JobsEnv, Message, ObjectBody, ObjectHead, SoundBucket } from "../../src/edge/bindings.ts";
import { consume, JobList, JobProgress } from "../../src/edge/index.ts";
import type { ObjectState } from "../../src/edge/object-door.ts";
import type { Services } from "../../src/http/index.ts";
import { joinBytes } from "../../src/join.ts";

/** Bytes of a chunk of an object. */
const CHUNK = 1 << 16;

interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly customMetadata: Readonly<Record<string, string>>;
}

/** R2 in memory, as far as it is used. Writes are counted by key, requests by what they ask. */
export class FakeBucket implements SoundBucket {
  readonly objects = new Map<string, Stored>();
  readonly writes = new Map<string, number>();
  /** Requests, and bytes of objects that were read. */
  requests = 0;
  read = 0;
  /** Conditional writes that came too late. */
  refused = 0;

  set(key: string, bytes: Uint8Array, customMetadata: Readonly<Record<string, string>> = {}): Stored {
    const stored = { bytes: bytes.slice(), etag: createHash("md5").update(bytes).digest("hex"), customMetadata };
    this.objects.set(key, stored);
    return stored;
  }

  async head(key: string): Promise<ObjectHead | null> {
    this.requests++;
    const found = this.objects.get(key);
    return found === undefined ? null : { key, size: found.bytes.length, ...found };
  }

  async get(
    key: string,
    { range, onlyIf }: Parameters<SoundBucket["get"]>[1] = {},
  ): Promise<ObjectBody | ObjectHead | null> {
    this.requests++;
    const found = this.objects.get(key);
    if (found === undefined) return null;
    const head = { key, size: found.bytes.length, etag: found.etag, customMetadata: found.customMetadata };
    if (onlyIf !== undefined && onlyIf.etagMatches !== found.etag) return head;
    const bytes = range === undefined ? found.bytes : found.bytes.slice(range.offset, range.offset + range.length);
    // As it is taken, and no faster.
    let at = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const part = bytes.slice(at, at + CHUNK);
          at += part.length;
          this.read += part.length;
          if (part.length === 0) controller.close();
          else controller.enqueue(part);
        },
      },
      { highWaterMark: 0 },
    );
    return { ...head, body, arrayBuffer: async () => await new Response(body).arrayBuffer() };
  }

  async put(key: string, value: Uint8Array, { customMetadata = {}, onlyIf }: Parameters<SoundBucket["put"]>[2] = {}) {
    this.requests++;
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

  async delete(keys: readonly string[]): Promise<void> {
    this.requests++;
    for (const key of keys) this.objects.delete(key);
  }

  async createMultipartUpload(key: string, { customMetadata = {} }: Parameters<SoundBucket["put"]>[2] = {}) {
    this.requests++;
    const parts: Uint8Array[] = [];
    return {
      uploadPart: async (partNumber: number, value: Uint8Array) => {
        this.requests++;
        parts[partNumber - 1] = value.slice();
        return { partNumber, etag: String(partNumber) };
      },
      complete: async () => {
        this.requests++;
        // R2 takes parts of 5 MiB and more, all but the last alike.
        const [first, ...rest] = parts.slice(0, -1).map(({ length }) => length);
        if (first !== undefined && (first < 5 << 20 || rest.some((length) => length !== first)))
          throw new Error("parts");
        this.set(key, joinBytes(parts), customMetadata);
        this.writes.set(key, (this.writes.get(key) ?? 0) + 1);
        return (await this.head(key)) as ObjectHead;
      },
      abort: async () => undefined,
    };
  }
}

/** Durable Objects of one kind, each with its own SQLite in memory. */
function namespace(make: new (state: ObjectState) => JobProgress | JobList): JobsEnv["JOBS"] {
  const objects = new Map<unknown, JobProgress | JobList>();
  return {
    idFromName: (name) => name,
    get(id) {
      const object = objects.get(id) ?? new make(stateOf(new DatabaseSync(":memory:")));
      objects.set(id, object);
      return object;
    },
  };
}

function stateOf(database: DatabaseSync): ObjectState {
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
  const objects = { JOBS: namespace(JobProgress), JOB_LIST: namespace(JobList) };
  return { env: { ...objects, QUEUE: queue, SOUND: bucket, ...more }, bucket, queue };
}
