import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findInNode, findRecordings } from "../../../src/cli/recordings/index.ts";
import { RemoteClient } from "../../../src/remote/index.ts";
import { startOfName } from "../../../src/times/index.ts";
import { root } from "../../docs/blocks.ts";
import { startFileServer } from "../../support/file-server.ts";

/** Listings in the form in which the services answer, with keys in the form of the archives. */

/** Amazon's (API reference, ListObjectsV2), with what its newer buckets add. */
const amazon = (bucket: string, prefix: string, keys: readonly string[], folders: readonly string[] = []) => {
  const contents = keys.map((key) => {
    const about =
      "<LastModified>2021-03-04T05:06:07.000Z</LastModified><ETag>&quot;0cc175b9c0f1b6a831c399e269772661-17&quot;</ETag>" +
      "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>";
    const encoded = encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+");
    return `<Contents><Key>${encoded}</Key>${about}<Size>2764800044</Size><StorageClass>INTELLIGENT_TIERING</StorageClass></Contents>`;
  });
  const prefixes = folders.map(
    (folder) =>
      `<CommonPrefixes><Prefix>${encodeURIComponent(folder).replaceAll("%2F", "/")}</Prefix></CommonPrefixes>`,
  );
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>` +
    `<Prefix>${prefix}</Prefix><KeyCount>${keys.length}</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>` +
    `<IsTruncated>false</IsTruncated>${contents.join("")}${prefixes.join("")}</ListBucketResult>`
  );
};

/** Google's (Cloud Storage, XML API, list objects): other quotes, generations, and keys as they are. */
const google = (bucket: string, prefix: string, keys: readonly string[]) => {
  const contents = keys.map(
    (key, at) =>
      `<Contents><Key>${key.replaceAll("&", "&amp;")}</Key><Generation>16263809034${at}</Generation><MetaGeneration>2</MetaGeneration>` +
      `<LastModified>2021-07-15T20:28:23.441Z</LastModified><ETag>"b10a8db164e0754105b7a99be72e3fe5"</ETag><Size>88231</Size></Contents>`,
  );
  return (
    `<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>${bucket}</Name>` +
    `<Prefix>${prefix}</Prefix><KeyCount>${keys.length}</KeyCount><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`
  );
};

/** Serves listings by what is asked of a bucket; a prefix that begins a listing's is answered by it. */
async function serving(listings: Readonly<Record<string, string>>) {
  const server = await startFileServer();
  for (const [place, text] of Object.entries(listings)) {
    const [bucket = "", prefix = ""] = place.split(/\/(.*)/s);
    for (const folders of ["", "&delimiter=%2F"])
      server.files.set(
        `/${bucket}/?list-type=2&encoding-type=url&prefix=${encodeURIComponent(prefix).replaceAll("(", "%28")}${folders}`,
        (_, response) => response.writeHead(200, { "content-type": "application/xml" }).end(text),
      );
  }
  return { server, client: new RemoteClient({ endpoint: server.url, anonymous: true }) };
}

/** When docs/times.md says that a name begins. */
function startInDocs(name: string): string | undefined {
  const row = readFileSync(join(root, "docs/times.md"), "utf8")
    .split("\n")
    .find((line) => line.startsWith(`| \`${name}\``));
  return row?.split("|")[2]?.trim();
}

const MBARI_16 = "2019/12/MARS-20191220T000000Z-16kHz.wav";
const MBARI_256 = "01/MARS_20210101_120000.wav";
const NRS = "nrs/audio/11/nrs_11_2019-2021/audio/NRS11_20191231_230836.flac";
const SANCTSOUND = "sanctsound/audio/mb01/sanctsound_mb01_02/audio/SanctSound_MB01_02_1678278703_20190715T120000Z.flac";
const ORCASOUND = "rpi_orcasound_lab/2020-09-27_00-16-55_rpi_orcasound_lab-48000-2.flac";

test.each([
  ["MBARI, 16 kHz by the month", "s3://pacific-sound-16khz/2019/12/", "pacific-sound-16khz/2019/12/", amazon, MBARI_16],
  [
    "MBARI, 256 kHz by the month",
    "s3://pacific-sound-256khz-2021/01/",
    "pacific-sound-256khz-2021/01/",
    amazon,
    MBARI_256,
  ],
  [
    "NOAA, noise reference stations",
    "gs://noaa-passive-bioacoustic/nrs/",
    "noaa-passive-bioacoustic/nrs/",
    google,
    NRS,
  ],
  [
    "NOAA, SanctSound",
    "gs://noaa-passive-bioacoustic/sanctsound/",
    "noaa-passive-bioacoustic/sanctsound/",
    google,
    SANCTSOUND,
  ],
  [
    "Orcasound, without loss",
    "s3://archive-orcasound-net/rpi_orcasound_lab/",
    "archive-orcasound-net/rpi_orcasound_lab/",
    amazon,
    ORCASOUND,
  ],
])("%s: found in the service's own words, and begun when docs/times.md says", async (_, address, place, form, key) => {
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  const [bucket = ""] = place.split("/");
  const others = [folder, `${folder}a b & c (1).wav`, `${folder}readme.txt`];
  const { client } = await serving({ [place]: form(bucket, place.slice(bucket.length + 1), [...others, key]) });
  const found = await findRecordings([address], { client });
  const paths = found.recordings.map(({ path }) => path);
  expect(paths).toEqual(
    [`a b & c (1).wav`, key.slice(folder.length)].map((name) => `${address.split("/", 3).join("/")}/${folder}${name}`),
  );
  expect(found.recordings[1]).toMatchObject({
    etag: expect.stringMatching(/^"[0-9a-f]{32}(-17)?"$/),
    modified: expect.any(Number),
  });
  expect(found.recordings[1]?.bytes).toBeGreaterThan(80_000);
  const start = startOfName(paths[1] ?? "");
  const said = startInDocs(key.slice(folder.length));
  expect(said).toMatch(/^20\d\d-/);
  expect(new Date(start?.utc ?? 0).toISOString().replace(".000", "")).toBe(said);
});

test("an Orcasound node's segments begin when docs/times.md says", async () => {
  const [bucket, hls] = ["audio-orcasound-net", "rpi_orcasound_lab/hls/"];
  const segments = ["live.m3u8", ...Array.from({ length: 13 }, (_, at) => `live${String(at).padStart(3, "0")}.ts`)];
  const { server, client } = await serving({
    [`${bucket}/${hls}`]: amazon(bucket, hls, [], [`${hls}1601165815/`]),
    [`${bucket}/${hls}1601165815/`]: amazon(
      bucket,
      `${hls}1601165815/`,
      segments.map((name) => `${hls}1601165815/${name}`),
    ),
  });
  const lines = segments.slice(1).map((name) => `#EXTINF:10.000000,\n${name}`);
  const playlist = [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    "#EXT-X-TARGETDURATION:10",
    "#EXT-X-MEDIA-SEQUENCE:0",
    ...lines,
  ].join("\n");
  server.files.set(`/${bucket}/${hls}1601165815/live.m3u8`, new TextEncoder().encode(playlist));
  const from = Date.parse("2020-09-27T00:00:00Z");
  const request = {
    node: "rpi_orcasound_lab",
    from,
    to: from + 3_600_000,
    sound: "hls",
    archive: `s3://${bucket}`,
  } as const;
  const begun = async (after: number) => {
    const { recordings } = await findInNode({ ...request, from: from + after }, client, {});
    return new Date(recordings[0]?.elsewhere?.start?.utc ?? 0).toISOString().replace(".000", "");
  };
  expect(await begun(0)).toBe(startInDocs("hls/1601165815/live000.ts"));
  expect(await begun(1_138_000)).toBe(startInDocs("hls/1601165815/live012.ts"));
});
