import type { Env } from "../http/index.ts";

/** The part of R2 that is used: developers.cloudflare.com/r2/api/workers. */
export interface SoundBucket {
  head(key: string): Promise<ObjectHead | null>;
  get(key: string, options?: GetOptions): Promise<ObjectBody | ObjectHead | null>;
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<ObjectHead | null>;
  list(options: { prefix?: string; startAfter?: string; limit?: number }): Promise<Listed>;
  createMultipartUpload(key: string, options?: PutOptions): Promise<Upload>;
}

export interface ObjectHead {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly customMetadata?: Readonly<Record<string, string>>;
}

export interface ObjectBody extends ObjectHead {
  readonly body: ReadableStream<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface GetOptions {
  readonly range?: { readonly offset: number; readonly length: number };
  readonly onlyIf?: { readonly etagMatches: string };
}

interface PutOptions {
  readonly customMetadata?: Readonly<Record<string, string>>;
  readonly onlyIf?: { readonly etagMatches?: string; readonly etagDoesNotMatch?: string };
}

interface Listed {
  readonly objects: readonly ObjectHead[];
  readonly truncated: boolean;
}

export interface Upload {
  uploadPart(number: number, value: Uint8Array): Promise<UploadedPart>;
  complete(parts: readonly UploadedPart[]): Promise<ObjectHead>;
  abort(): Promise<void>;
}

interface UploadedPart {
  readonly partNumber: number;
  readonly etag: string;
}

export interface MessageQueue {
  send(message: Message): Promise<void>;
  sendBatch(messages: readonly { readonly body: Message }[]): Promise<void>;
}

/** One delivery; each comes at least once. */
export interface Delivery {
  readonly body: unknown;
  ack(): void;
  retry(options?: { readonly delaySeconds?: number }): void;
}

export interface Batch {
  readonly queue: string;
  readonly messages: readonly Delivery[];
}

/** What messages say. */
export type Message =
  /** More of a job's prefix is to be listed, behind a key. */
  | { readonly kind: "list"; readonly job: string; readonly after: string }
  /** One recording is to be embedded, as it was when it was listed. */
  | {
      readonly kind: "record";
      readonly job: string;
      readonly key: string;
      readonly etag: string;
      readonly size: number;
    };

/** R2's own word of a new object: developers.cloudflare.com/r2/buckets/event-notifications. */
export interface BucketEvent {
  readonly action: string;
  readonly bucket: string;
  readonly object: { readonly key: string; readonly size?: number; readonly eTag?: string };
}

interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

/** Bindings of wrangler.jobs.toml. */
export interface JobsEnv extends Env {
  /** One object a job. */
  readonly JOBS: ObjectNamespace;
  readonly QUEUE: MessageQueue;
  /** Recordings are read from it, and results written to it below the prefix that a job names. */
  readonly SOUND: SoundBucket;
  /** The job that new objects belong to, where R2's events come to the queue. */
  readonly WATCH_JOB?: string;
}
