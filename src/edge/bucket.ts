import { OrcaError } from "../errors.ts";
import type { SoundBucket, Upload } from "./bindings.ts";

/**
 * What the bucket refuses for every object alike: a job ends with it, in words, and goes on when it is resumed. Codes stand at
 * the end of R2's messages: developers.cloudflare.com/r2/api/error-codes.
 */
export class BucketRefusal extends OrcaError {}

const NO_BUCKET = 10006;
/** 401 and 403: credentials, permissions, a signature, a plan that does not have it, a locked bucket. */
const FORBIDDEN: ReadonlySet<number> = new Set([10002, 10003, 10018, 10035, 10042, 10069]);
/** What may pass: an error inside, a service that is away or asked too much, a client that left; and an upload that ended. */
const PASSING: ReadonlySet<number> = new Set([0, 10001, 10024, 10043, 10054, 10058]);

/** Keys that R2 deletes at once. */
const MOST_DELETED = 1000;

const codeOf = (thrown: unknown) => {
  const [, code] = /\((\d+)\)\s*$/.exec(thrown instanceof Error ? thrown.message : "") ?? [];
  return code === undefined ? undefined : Number(code);
};

/** What R2 threw, as it is meant: a refusal where it concerns the bucket, else as it was. */
function asTold(thrown: unknown, doing: "read" | "written to"): unknown {
  const code = codeOf(thrown);
  if (code === undefined || thrown instanceof OrcaError) return thrown;
  const said = `R2 says: ${(thrown as Error).message}`;
  const resume = "Resume the job then.";
  if (code === NO_BUCKET) {
    return new BucketRefusal("not_found", `The bucket of the binding SOUND does not exist. ${said}`, {
      hint: `Make it, or name another in wrangler.jobs.toml. ${resume}`,
      cause: thrown,
    });
  }
  if (FORBIDDEN.has(code)) {
    return new BucketRefusal("forbidden", `The bucket may not be ${doing}. ${said}`, {
      hint: `Give the Worker the right to it. ${resume}`,
      cause: thrown,
    });
  }
  if (doing === "read" || PASSING.has(code)) return thrown;
  return new BucketRefusal("unwritable", `The bucket takes no more results. ${said}`, {
    hint: `Make room in it, or let it be written to. ${resume}`,
    cause: thrown,
  });
}

async function told<T>(doing: "read" | "written to", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw asTold(thrown, doing);
  }
}

/** The bucket, with its refusals in words. */
export function toldBucket(bucket: SoundBucket): SoundBucket {
  const write = <T>(work: () => Promise<T>) => told("written to", work);
  const upload = (inner: Upload): Upload => ({
    uploadPart: (...part) => write(() => inner.uploadPart(...part)),
    complete: (parts) => write(() => inner.complete(parts)),
    abort: () => inner.abort(),
  });
  return {
    head: (key) => told("read", () => bucket.head(key)),
    get: (...what) => told("read", () => bucket.get(...what)),
    list: (what) => told("read", () => bucket.list(what)),
    put: (...what) => write(() => bucket.put(...what)),
    async delete(keys) {
      for (let at = 0; at < keys.length; at += MOST_DELETED) {
        await write(() => bucket.delete(keys.slice(at, at + MOST_DELETED)));
      }
    },
    createMultipartUpload: (...what) => write(async () => upload(await bucket.createMultipartUpload(...what))),
  };
}
