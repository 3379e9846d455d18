/** A live hydrophone for a minute, from its playlist or stream: node live.ts https://… yamnet */
import { follow } from "orca-embeddings";

const [address = "", model = "yamnet"] = process.argv.slice(2);
for await (const record of follow(address, model, { signal: AbortSignal.timeout(60_000) })) {
  if (record.type === "header") console.log("sound since", record.start?.utc ?? "a time that nobody tells");
  if (record.type === "window") console.log(record.utc ?? record.start, record.rms.toFixed(4));
  if (record.type === "gap" || record.type === "waiting") console.log(record.message);
}
