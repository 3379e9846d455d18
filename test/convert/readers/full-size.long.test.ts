import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { convertOne } from "../../../scripts/support/convert-one.ts";
import { readManifest } from "../../../src/convert/models-folder.ts";
import { seededFolder } from "../../support/test-models.ts";
import { temporaryFolder } from "./support.ts";

const WRITER = fileURLToPath(new URL("full-size-writer.ts", import.meta.url));

/** A format takes 900 MB of disk for a while, and ten seconds, so the second is tried where it is asked for. */
const formats = process.env.ORCA_FULL_SIZE === "1" ? ["v1", "bundle"] : ["v1"];
if (formats.length === 1) console.warn("Skipped: VGGish at full size as a SavedModel. ORCA_FULL_SIZE=1 runs it.");

test.each(formats)(
  "VGGish's %s checkpoint of 289 MB converts to the seeded model in less than 700 MB",
  async (format) => {
    const folder = await temporaryFolder();
    const path = join(folder, "vggish");
    await promisify(execFile)(process.execPath, [WRITER, format, path]);
    const file = format === "v1" ? path : join(path, "variables.data-00000-of-00001");
    expect((await stat(file)).size).toBeGreaterThanOrEqual(4 * 72_141_184);
    const { entry, memory, seconds } = await convertOne("vggish", path, join(folder, "models"));
    console.log(`${format}: converted in ${seconds.toFixed(1)} s with ${Math.round(memory / 1e6)} MB`);
    const { models } = await readManifest(seededFolder);
    const { variants = {}, ...seeded } = models.find(({ description }) => description.id === "vggish") ?? {};
    // What is packed for the kernels is made from the .onnx files, in a step of its own.
    const converted = Object.entries(variants).flatMap(([name, { artefacts, ...files }]) =>
      files.onnx === undefined ? [] : [[name, { ...files, artefacts: { ort: artefacts.ort } }]],
    );
    expect(entry).toEqual({ ...seeded, variants: Object.fromEntries(converted) });
    expect(memory).toBeLessThan(700e6);
  },
);
