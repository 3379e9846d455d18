import { expect, test } from "vitest";
import { OrcaError } from "../../src/errors.ts";
import type { WatchEvent } from "../../src/watch/event.ts";
import { ClipMaker } from "../../src/watch/following/clip-maker.ts";
import { foundAt, memoryStores, NOON } from "./support/stores.ts";

test("where there is no room events go on without sound, which is said once, and once when there is room again", async () => {
  const { events } = await memoryStores();
  let room = false;
  const said: string[] = [];
  const put = async () => {
    if (!room) throw new OrcaError("unwritable", "The disk is almost full.");
  };
  const shelf = { put, get: async () => undefined, delete: async () => undefined };
  const maker = new ClipMaker(shelf, undefined, (line) => void said.push(line));
  const make = (event: WatchEvent) => maker.make(event, new Float32Array(100), 1000, NOON);
  const event = events.begin(foundAt(0), NOON);
  expect(await make(event)).toBe("The disk is almost full.");
  expect(await make(event)).toBe("The disk is almost full.");
  room = true;
  expect(await make(event)).toMatchObject({ clipSeconds: 0.1, picture: undefined });
  expect(said).toEqual([
    "Sound is not kept, and events go on: The disk is almost full.",
    "There is room for sound again.",
  ]);
});
