import { afterAll, beforeAll, describe } from "vitest";
import { explorerSuite } from "./chromium/explorer.ts";
import { headsSuite } from "./chromium/heads.ts";
import { liveSuite } from "./chromium/live.ts";
import { siteSuite } from "./chromium/site.ts";
import { workbenchSuite } from "./chromium/workbench.ts";
import { Bed } from "./support/bed.ts";
import { chromiumExists } from "./support/chromium.ts";

/** All that drives the page: one Chromium, one Worker, one set of assets. */
describe.skipIf(!chromiumExists)("the page in Chromium", () => {
  const bed = new Bed();
  beforeAll(() => bed.start(), 120_000);
  afterAll(() => bed.stop());
  describe("workbench", () => workbenchSuite(bed));
  describe("heads", () => headsSuite(bed));
  describe("explorer of bundles and collections", () => explorerSuite(bed));
  describe("static site", () => siteSuite(bed));
  describe("live hydrophone", () => liveSuite(bed));
});
