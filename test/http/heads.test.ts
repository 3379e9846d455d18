import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { headText, probability } from "../../src/heads/index.ts";
import { readRecords } from "../../src/records/index.ts";
import { logitsOf, madeHead } from "../heads/support.ts";
import { testApp } from "../support/app.ts";
import { problem } from "../support/client.ts";
import { sceneWav } from "../support/recordings.ts";
import { assetsFolder } from "../support/test-models.ts";

const app = testApp();
const head = madeHead(1024, ["call"], { id: "of-the-operator" });
const file = join(assetsFolder, "models/test-http.head.json");
beforeAll(() => writeFileSync(file, headText(head)));
afterAll(() => rmSync(file, { force: true }));

const post = (query: string) =>
  app.fetch(`/v1/embeddings?model=yamnet&${query}`, { method: "POST", body: sceneWav(3) });

test("the operator's heads run by their names, and give events", async () => {
  const records = [];
  for await (const record of readRecords(await post("heads=test-http&encoding=base64&events=on%3D0.4%2Cgap%3D1")))
    records.push(record);
  expect(records[0]).toMatchObject({
    heads: [{ id: "of-the-operator", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  for (const record of records) {
    if (record.type !== "window") continue;
    const [logit = 0] = logitsOf(head, record.embedding);
    expect(record.heads?.["of-the-operator"]?.call).toBeCloseTo(probability(logit, undefined), 9);
  }
});

test.each([
  ["heads=none", /There is no head "none" here/],
  ["heads=..%2Fx", /heads="\.\.\/x" is not known/],
  ["detect=yamnet%3A600", /no names here/],
  ["site=haro", /site= is for heads, and none is named/],
  ["heads=test-http&events=gap%3Dx", /"gap=x" is no part of a rule/],
])("%s is refused", async (query, message) => {
  const said = await problem(await post(query));
  expect(said).toMatchObject({ code: "bad_option", status: 400 });
  expect(said.detail).toMatch(message);
});
