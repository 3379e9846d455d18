import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./support.ts";

/** VGGish's 289 MB are written to disk twice, so this runs where it is asked for: ORCA_FULL_SIZE=1. */
const wanted = process.env.ORCA_FULL_SIZE === "1";
if (!wanted)
  console.warn("Skipped: VGGish at full size. ORCA_FULL_SIZE=1 runs it; it takes 1 GB of disk and a minute.");

const CHILD = fileURLToPath(new URL("full-size-child.ts", import.meta.url));

async function step(...args: string[]): Promise<{ sha256: string; bytes: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, ...args]);
  return JSON.parse(stdout) as { sha256: string; bytes: number };
}

describe.skipIf(!wanted)("VGGish at full size", () => {
  test.each(["v1", "bundle"])(
    "a %s checkpoint of 289 MB converts to the seeded model in less than 700 MB",
    async (format) => {
      const path = join(await temporaryFolder(), "vggish");
      await step("write", format, path);
      const file = format === "v1" ? path : join(path, "variables.data-00000-of-00001");
      expect((await stat(file)).size).toBeGreaterThanOrEqual(4 * 72_141_184);
      const [converted, seeded] = [await step("convert", path), await step("seeded")];
      console.log(`${format}: converted in ${Math.round(converted.bytes / 1e6)} MB`);
      expect(converted.sha256).toBe(seeded.sha256);
      expect(converted.bytes).toBeLessThan(700e6);
    },
  );
});
