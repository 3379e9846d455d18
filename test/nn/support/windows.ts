import { readdirSync } from "node:fs";
import { readNpz, sharedExists, sharedPath } from "../../support/shared.ts";
import type { NetName } from "./models.ts";

/** What one clip's log-mel or PCEN gives a net, and what TensorFlow made of it. */
export interface Golden {
  readonly clip: string;
  /** [count, frames, bands] */
  readonly windows: Float32Array;
  readonly count: number;
  readonly embedding: Float32Array;
  readonly scores: Float32Array | undefined;
}

const SOURCES = {
  yamnet: { frames: 96, hop: 48, input: "yamnet_log_mel", embedding: "yamnet_embedding", scores: "yamnet_scores" },
  vggish: { frames: 96, hop: 96, input: "vggish_log_mel", embedding: "vggish_embedding_seeded", scores: "" },
  humpback: {
    frames: 128,
    hop: 128,
    input: "humpback_pcen_seeded",
    embedding: "humpback_embedding_seeded",
    scores: "humpback_score_seeded",
  },
} as const;
const BANDS = 64;

/** The goldens of every clip, front end and all, so that only the net is compared. */
export function goldens(net: NetName): Golden[] {
  if (!sharedExists) return [];
  const { frames, hop, input, embedding, scores } = SOURCES[net];
  const clips = readdirSync(sharedPath("golden")).filter((name) => name.endsWith(".npz") && name !== "thin8.npz");
  return clips.map((clip) => {
    const arrays = readNpz(sharedPath(`golden/${clip}`));
    const rows = Float32Array.from(arrays.get(input)?.data ?? []);
    const count = arrays.get(embedding)?.shape[0] ?? 0;
    const windows = new Float32Array(count * frames * BANDS);
    for (let i = 0; i < count; i++) {
      // The last window of Humpback is filled up with zeros.
      windows.set(rows.subarray(i * hop * BANDS, (i * hop + frames) * BANDS), i * frames * BANDS);
    }
    const values = (key: string) => (arrays.has(key) ? Float32Array.from(arrays.get(key)?.data ?? []) : undefined);
    return { clip, windows, count, embedding: values(embedding) ?? new Float32Array(0), scores: values(scores) };
  });
}
