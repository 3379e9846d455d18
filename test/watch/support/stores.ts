import { onTestFinished } from "vitest";
import { NodeSqlite } from "../../../src/collection/sqlite.node.ts";
import type { FoundEvent } from "../../../src/watch/event.ts";
import { EventStore, MessageStore } from "../../../src/watch/index.ts";

/** Both stores of a watch, in memory. */
export async function memoryStores() {
  const sql = await NodeSqlite.open(":memory:", true);
  onTestFinished(() => sql.close());
  return { events: new EventStore(sql), messages: new MessageStore(sql) };
}

/** An event at some second behind noon of 2026-11-28, UTC. */
export const NOON = Date.UTC(2026, 10, 28, 12);

export function foundAt(seconds: number, more: Partial<FoundEvent> = {}): FoundEvent {
  const start = NOON + 1000 * seconds;
  return {
    hydrophone: "lab",
    head: "orcas",
    class: "call",
    start,
    end: start + 2000,
    uncertainty: 3,
    source: "EXT-X-PROGRAM-DATE-TIME",
    peak: 0.9,
    peakStart: start + 480,
    mean: 0.8,
    windows: 4,
    made: { model: "yamnet", variant: "int8", sha256: "00", engine: "kernels", version: "0", weights: "trained" },
    ...more,
  };
}
