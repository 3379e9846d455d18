import { afterAll, beforeAll, expect, test } from "vitest";
import type { LoopbackServer } from "../../src/cli/loopback-server.ts";
import { startJobsServer } from "../edge/jobs-server.ts";
import { type Edge, edge } from "../edge/support.ts";
import { testServices } from "../support/app.ts";
import { orcaEmbed } from "../support/command-line.ts";
import { sceneWav } from "../support/recordings.ts";

let here: Edge;
let server: LoopbackServer;
beforeAll(async () => {
  here = edge();
  for (const name of ["a", "b", "c"]) here.bucket.set(`site/${name}.wav`, sceneWav(1));
  here.bucket.set("site/notes.wav", new TextEncoder().encode("These are notes.\u001b[31m"));
  const { get } = here.bucket;
  here.bucket.get = async (key, options) => {
    if (key === "site/b.wav") throw new Error("R2 is away");
    return get.call(here.bucket, key, options);
  };
  server = await startJobsServer(here, testServices({ VARIANT: "int8" }));
});
afterAll(() => server?.stop());

const jobs = (...args: readonly string[]) => orcaEmbed(["jobs", ...args], { ORCA_JOBS_SERVER: server.url });

test("a job by commands: begun, followed to its end, listed, what failed and what was given up, gone on with", async () => {
  const begun = await jobs("start", "site/", "--model", "yamnet", "--id", "one");
  expect(begun).toMatchObject({ status: 0, stdout: "one\n" });
  expect((await jobs("start", "site/", "--model", "yamnet", "--id", "one")).stderr).toBe("It was begun before.\n");
  const shown = await jobs("show", "one", "--follow");
  expect(shown.status).toBe(1);
  const lines = shown.stdout.trim().split("\n");
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^2 of 4 recordings are done \(100 %\), 2 failed, 1 of them given up by the queue, /),
    expect.stringMatching(/^site\/b\.wav: It was tried several times/),
    expect.stringMatching(/^site\/notes\.wav: The input is text/),
  ]);
  const listed = (await jobs("list")).stdout.trim().split("\n");
  expect(listed).toEqual([
    "job\tstate\tdone\trecordings\tfailed\tmodel\tbelow",
    "one\tdone\t100 %\t2/4\t2\tyamnet\tsite/",
  ]);
  expect(
    (await jobs("failures", "one")).stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t").slice(0, 2)),
  ).toEqual([
    ["site/b.wav", "given_up"],
    ["site/notes.wav", "not_audio"],
  ]);
  expect((await jobs("failures", "one", "--dead")).stdout).toMatch(/^site\/b\.wav\tgiven_up\t.*\n$/);
  here.bucket.get = Object.getPrototypeOf(here.bucket).get;
  expect((await jobs("resume", "one")).stdout).toMatch(/^one: listing\. yamnet for site\/, to embeddings\/\.\n/);
  expect((await jobs("show", "one", "--follow")).stdout).toMatch(/3 of 4 recordings are done \(100 %\), 1 failed, /);
  expect((await jobs("cancel", "one")).stdout).toMatch(/^one: cancelled\./);
});

test("what cannot be is said in a line", async () => {
  expect(await jobs("show", "nothing")).toEqual({
    status: 1,
    stdout: "",
    stderr: 'orca-embed: There is no job "nothing".\n',
  });
  expect((await jobs("start", "site/", "--model", "nothing")).stderr).toMatch(/^orca-embed: .*nothing/);
  expect((await jobs("show", "one", "--server", "here")).stderr).toBe(
    "orca-embed: --server here is no address. Like http://127.0.0.1:8787.\n",
  );
  const away = await jobs("list", "--server", "http://127.0.0.1:1");
  expect([away.status, away.stderr]).toEqual([
    1,
    expect.stringMatching(/^orca-embed: http:\/\/127\.0\.0\.1:1 does not answer\./),
  ]);
});
