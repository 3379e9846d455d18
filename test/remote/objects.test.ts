import { expect, test } from "vitest";
import {
  type Credentials,
  describeFile,
  listPages,
  objectAccess,
  objectBytes,
  type Place,
  placeOf,
  placeText,
  putObject,
  RemoteClient,
  type RemoteSettings,
} from "../../src/remote/index.ts";
import { startFileServer } from "../support/file-server.ts";
import { startS3Server } from "../support/s3-server.ts";

type Bucket = Extract<Place, { kind: "bucket" }>;

const waits: number[] = [];
const clientOf = (endpoint: string, more: Partial<RemoteSettings> = {}, credentials?: Credentials) =>
  new RemoteClient({ endpoint, anonymous: false, ...more }, credentials, {
    silence: 500,
    sleep: async (ms) => void waits.push(ms),
  });
const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);
const bucket = (key: string) => placeOf(`s3://archive/${key}`) as Bucket;

async function read(client: RemoteClient, place: Place): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of objectBytes(client, await describeFile(client, place))) parts.push(part.slice());
  return Buffer.concat(parts);
}

test.each([
  ["s3://archive/a/b.wav", "s3://archive/a/b.wav"],
  ["gs://noaa-passive-bioacoustic/nrs/", "gs://noaa-passive-bioacoustic/nrs/"],
  ["https://me:secret@example.org/a.wav?X-Amz-Signature=1", "https://example.org/a.wav"],
])("%s is spoken of without what is secret", (given, said) => expect(placeText(placeOf(given))).toBe(said));

test.each([
  ["s3:///a.wav", /names no bucket/],
  ["ftp://me:secret@example.org/a.wav", /^ftp:\/\/…@example\.org\/a\.wav is no address that can be read/],
  ["https://", /is no address/],
])("%s is refused", (given, said) => expect(() => placeOf(given)).toThrow(said));

test("an object is read whole though its connection breaks twice, and a service is too busy in between", async () => {
  const server = await startS3Server(["archive"]);
  const sound = bytes(300_000);
  server.objects.set("archive/site 1/ä+&%2F.wav", sound);
  let gets = 0;
  server.mishap = ({ method }) => {
    if (method !== "GET") return undefined;
    gets++;
    if (gets === 1) return { cutAfter: 100_000 };
    if (gets === 2) return { status: 503, code: "SlowDown", headers: { "retry-after": "3" } };
    return gets === 3 ? { cutAfter: 50_000 } : undefined;
  };
  waits.length = 0;
  expect(await read(clientOf(server.url), bucket("site 1/ä+&%2F.wav"))).toEqual(Buffer.from(sound));
  const ranges = server.asked.filter(({ method }) => method === "GET").map(({ range }) => range);
  expect(ranges).toEqual([undefined, "bytes=100000-299999", "bytes=100000-299999", "bytes=150000-299999"]);
  // The service's own wish is longer than ours.
  expect(waits[1]).toBe(3000);
});

test("what never comes is given up, with the number of tries", async () => {
  const server = await startS3Server(["archive"]);
  server.objects.set("archive/a.wav", bytes(1000));
  server.mishap = ({ method }) => (method === "GET" ? { status: 500, code: "InternalError" } : undefined);
  await expect(read(clientOf(server.url), bucket("a.wav"))).rejects.toMatchObject({
    code: "unreadable",
    message: "s3://archive/a.wav: the server answers with status 500, InternalError, 7 times in a row.",
  });
});

test("an answer that does not come in time is asked for anew", async () => {
  const server = await startS3Server(["archive"]);
  server.objects.set("archive/a.wav", bytes(1000));
  let gets = 0;
  server.mishap = ({ method }) => (method === "GET" && gets++ === 0 ? { late: 2000 } : undefined);
  expect(await read(clientOf(server.url), bucket("a.wav"))).toEqual(Buffer.from(bytes(1000)));
  expect(gets).toBe(2);
});

test("an object that changes while it is read is noticed, and no mixture of both is given", async () => {
  const server = await startS3Server(["archive"]);
  server.objects.set("archive/a.wav", bytes(300_000));
  server.mishap = ({ method }) => {
    if (method !== "GET" || server.asked.filter((one) => one.method === "GET").length > 1) return undefined;
    setTimeout(() => server.objects.set("archive/a.wav", bytes(300_000).reverse()), 10);
    return { cutAfter: 100_000 };
  };
  await expect(read(clientOf(server.url), bucket("a.wav"))).rejects.toThrow(
    "s3://archive/a.wav has changed while it was read.",
  );
});

test("a file of the web is resumed by a server without ranges, whose first bytes are passed over", async () => {
  const sound = bytes(200_000);
  let gets = 0;
  const { url } = await startFileServer({
    "/a.wav": ({ method }, response) => {
      response.writeHead(200, { etag: '"1"', "content-length": String(sound.length) });
      if (method === "HEAD") response.end();
      else if (gets++ > 0) response.end(sound);
      else response.write(sound.subarray(0, 90_000), () => setTimeout(() => response.destroy(), 20));
    },
  });
  expect(await read(clientOf(url), placeOf(`${url}/a.wav`))).toEqual(Buffer.from(sound));
  expect(gets).toBe(2);
});

test("a listing comes page by page, in whatever keys have, and goes on behind a key", async () => {
  const server = await startS3Server(["archive"]);
  server.page = 2;
  const keys = ["a b/1.wav", "a b/2&.wav", "a b/3+.wav", "a b/4%.wav", "a b/日.wav"];
  for (const key of [...keys, "other/1.wav"]) server.objects.set(`archive/${key}`, bytes(10));
  const listed = async (after?: string) => {
    const found: string[] = [];
    for await (const { objects } of listPages(clientOf(server.url), bucket("a b/"), { after }))
      found.push(...objects.map(({ place }) => (place as Bucket).key));
    return found;
  };
  expect(await listed()).toEqual(keys);
  expect(server.asked.length).toBe(3);
  expect(await listed("a b/3+.wav")).toEqual(keys.slice(3));
  const pages = [];
  for await (const page of listPages(clientOf(server.url), bucket(""), { folders: true })) pages.push(page);
  expect(pages.map(({ folders }) => folders)).toEqual([["a b/", "other/"]]);
});

test("neighbours cost one request", async () => {
  const server = await startS3Server(["archive"]);
  const sound = bytes(200_000);
  server.objects.set("archive/a.wav", sound);
  const client = clientOf(server.url);
  const access = objectAccess(client, { ...(await describeFile(client, bucket("a.wav"))), size: sound.length });
  const before = server.asked.length;
  expect(await access.read(0, 12)).toEqual(sound.subarray(0, 12));
  expect(await access.read(12, 8)).toEqual(sound.subarray(12, 20));
  expect(await access.read(65_530, 20)).toEqual(sound.subarray(65_530, 65_550));
  expect(await access.read(199_990, 100)).toEqual(sound.subarray(199_990));
  expect(server.asked.slice(before).map(({ range }) => range)).toEqual([
    "bytes=0-65535",
    "bytes=65536-131071",
    "bytes=196608-199999",
  ]);
});

test("a long object is written in parts, and read back the same", async () => {
  const server = await startS3Server(["archive"]);
  const client = clientOf(server.url);
  const long = bytes(20 << 20);
  let puts = 0;
  server.mishap = ({ method }) => (method === "PUT" && puts++ === 1 ? { status: 500 } : undefined);
  await putObject(client, bucket("r/long.npz"), {
    size: long.length,
    read: async (at, length) => long.subarray(at, at + length),
  });
  expect(Buffer.compare(server.objects.get("archive/r/long.npz") as Uint8Array, long)).toBe(0);
  expect(puts).toBe(3);
});

const KEYS: Credentials = { accessKeyId: "AKIA", secretAccessKey: "secret" };

test("requests are signed for the bucket's own region, once the service has told it", async () => {
  const server = await startS3Server(["archive"]);
  server.objects.set("archive/a.wav", bytes(10));
  server.mishap = ({ authorization = "" }) =>
    /Credential=AKIA\/\d{8}\/us-west-2\/s3\/aws4_request/.test(authorization)
      ? undefined
      : { status: 400, code: "AuthorizationHeaderMalformed", headers: { "x-amz-bucket-region": "us-west-2" } };
  const client = clientOf(server.url, {}, KEYS);
  expect((await read(client, bucket("a.wav"))).length).toBe(10);
  expect(server.asked.length).toBe(3);
  expect(server.asked.every(({ authorization }) => authorization !== undefined)).toBe(true);
  const open = clientOf(server.url, { anonymous: true }, KEYS);
  server.mishap = () => undefined;
  await read(open, bucket("a.wav"));
  expect(server.asked.at(-1)?.authorization).toBeUndefined();
});

test.each([
  [403, "AccessDenied", "forbidden", /s3:\/\/archive\/a\.wav is not open to this user \(status 403, AccessDenied\)\./],
  [400, "ExpiredToken", "unauthorized", /the credentials have ended \(status 400, ExpiredToken\)\./],
  [403, "SignatureDoesNotMatch", "unauthorized", /AWS_SECRET_ACCESS_KEY/],
  [404, "NoSuchBucket", "bad_option", /there is no bucket archive/],
  [404, "NoSuchKey", "not_audio", /there is no such object\./],
])("%i %s is said in a sentence", async (status, code, as, said) => {
  const server = await startS3Server(["archive"]);
  server.mishap = () => ({ status, code });
  const listing = clientOf(server.url, {}, KEYS).request({ method: "GET", place: bucket("a.wav") });
  await expect(listing).rejects.toMatchObject({ code: as, message: expect.stringMatching(said) });
  expect(server.asked.length).toBe(1);
});

test("a bucket that takes no more ends the writing", async () => {
  const server = await startS3Server(["archive"]);
  server.mishap = () => ({ status: 403, code: "QuotaExceeded" });
  const source = { size: 1, read: async () => bytes(1) };
  await expect(putObject(clientOf(server.url), bucket("a"), source)).rejects.toMatchObject({
    code: "unwritable",
    message: "s3://archive/a cannot be written: the bucket takes no more (status 403, QuotaExceeded).",
  });
  server.mishap = () => ({ status: 403, code: "AccessDenied" });
  await expect(putObject(clientOf(server.url), bucket("a"), source)).rejects.toMatchObject({ code: "unwritable" });
});
