import type { SoundLayout } from "../audio/index.ts";
import type { Env } from "../http/index.ts";

/** The part of R2 that is used: developers.cloudflare.com/r2/api/workers. */
export interface SoundBucket {
  head(key: string): Promise<ObjectHead | null>;
  get(key: string, options?: GetOptions): Promise<ObjectBody | ObjectHead | null>;
  put(key: string, value: Uint8Array, options?: PutOptions): Promise<ObjectHead | null>;
  delete(keys: readonly string[]): Promise<void>;
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

/** An object of the bucket, as it was when it was listed. */
export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

/** What messages say. */
export type Message =
  /** More of a job's prefix is to be listed, behind a key. */
  | { readonly kind: "list"; readonly job: string; readonly after: string }
  /** One recording is to be embedded, or divided into pieces where it is long. */
  | ({ readonly kind: "record"; readonly job: string } & ListedObject)
  /** One piece of a recording is to be embedded. */
  | ({
      readonly kind: "piece";
      readonly job: string;
      readonly layout: SoundLayout;
      readonly from: number;
      readonly to?: number | undefined;
    } & ListedObject)
  /** All pieces of a recording are there: they become its result. */
  | ({ readonly kind: "join"; readonly job: string } & ListedObject);

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
  /** One object for all: which jobs there are. */
  readonly JOB_LIST: ObjectNamespace;
  readonly QUEUE: MessageQueue;
  /** Recordings are read from it, and results written to it below the prefix that a job names. */
  readonly SOUND: SoundBucket;
  /** Seconds of sound that one message does; what is longer is cut, where it can be. */
  readonly PIECE_SECONDS?: string;
  /** The job that new objects belong to, where R2's events come to the queue. */
  readonly WATCH_JOB?: string;
}
