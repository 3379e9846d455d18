/**
 * node bench/scale.ts [RECORDINGS]: an archive through queues and shards, on paper and by simulation. Nothing is read and no
 * net runs: what a window costs is reckoned from the nets' products, services are as their makers published them for 2025-26.
 * docs/scale.md has what comes out.
 */
import { shardOf } from "../src/jobs/index.ts";
import { LeastFirst } from "./support/least-first.ts";

const RECORDINGS = Number(process.argv[2] ?? 1_000_000);
const WINDOWS = 1e10;
/** A hydrophone-year at YAMNet's hop. */
const YEAR_WINDOWS = (365 * 86_400) / 0.48;

/** Products of a window (millions), hop in seconds, numbers of an embedding. */
const NETS = {
  yamnet: { products: 69, hop: 0.48, size: 1024 },
  vggish: { products: 860, hop: 0.96, size: 128 },
  humpback: { products: 2400, hop: 1, size: 2048 },
} as const;
/** Products a nanosecond on one core (docs/numbers.md), fp32 and int8; decoding, resampling and front end, ms a second of sound. */
const RATES = { fp32: 25, int8: 75 } as const;
const AROUND = 2;

/** Cloudflare's published prices, dollars. */
const PRICE = {
  cpuMs: 0.02e-6,
  request: 0.3e-6,
  queueOperation: 0.4e-6,
  write: 4.5e-6,
  read: 0.36e-6,
  gigabyteMonth: 0.015,
};
const CONSUMERS = 250;
/** CPU of a message, of the five minutes that there are. */
const PIECE_CPU = 120;
const BATCH_WALL = 15 * 60;

const random = generator(1);
const seconds = lengths(RECORDINGS, (WINDOWS * NETS.yamnet.hop) / RECORDINGS);

console.log(
  `${RECORDINGS} recordings, ${WINDOWS.toExponential(0)} windows of YAMNet: ${(sum(seconds) / 3.156e7).toFixed(0)} years of sound`,
);
console.log(
  `lengths: median ${minutes(quantile(seconds, 0.5))}, 99 % ${minutes(quantile(seconds, 0.99))}, longest ${minutes(quantile(seconds, 1))}\n`,
);

console.log(
  "A core's speed, and 1,000 hours at the edge (CPU, requests, queue, R2 operations; storage a month beside)",
);
for (const [name, { hop, size }] of Object.entries(NETS)) {
  for (const variant of ["fp32", "int8"] as const) {
    const cpu = cpuOf(name as keyof typeof NETS, variant);
    const pieces = Math.ceil((3.6e6 * cpu) / PIECE_CPU);
    const dollars =
      3.6e6 * cpu * 1000 * PRICE.cpuMs +
      pieces * (PRICE.request + 3 * PRICE.queueOperation + PRICE.write + 3 * PRICE.read);
    const gigabytes = (3.6e6 / hop) * size * 4e-9;
    console.log(
      `  ${name} ${variant}: ${(1 / cpu).toFixed(0)} x real time, ${pieces} messages, $${dollars.toFixed(2)}, ` +
        `${gigabytes.toFixed(1)} GB as float32 ($${(gigabytes * PRICE.gigabyteMonth).toFixed(2)})`,
    );
  }
}

console.log("\nThe whole archive through a queue, YAMNet int8");
const cpu = cpuOf("yamnet", "int8");
for (const cut of [false, true]) simulate(cut);

console.log("\nShards of it, largest first, and by the name's hash: the longest shard's work in even shares");
const recordings = Array.from(seconds, (length, at) => ({ name: String(at), bytes: Math.round(length * 96_000) }));
for (const count of [16, 256]) {
  // One pass of the division gives a shard; the longest one is among the first.
  const total = recordings.reduce((all, { bytes }) => all + bytes, 0);
  const first = shardOf(recordings, { index: 1, count }).reduce((all, { bytes }) => all + bytes, 0);
  const hashed = new Float64Array(count);
  for (const { name, bytes } of recordings) hashed[hash(name) % count] = (hashed[hash(name) % count] as number) + bytes;
  console.log(
    `  ${count}: ${((first / total) * count).toFixed(4)} and ${((Math.max(...hashed) / total) * count).toFixed(4)}`,
  );
}

console.log("\nSearch over a year of 100 hydrophones");
const rows = 100 * YEAR_WINDOWS;
for (const [form, bytes] of [
  ["float32", 4096],
  ["int8", 1024],
  ["one bit a number", 128],
] as const) {
  const size = rows * bytes;
  console.log(
    `  ${form}: ${(size / 1e12).toFixed(2)} TB, ${Math.ceil(size / 10e9)} Durable Objects of 10 GB, ` +
      `${(size / 10e9).toFixed(0)} s through one memory at 10 GB/s, ${(size / 10e9 / 100).toFixed(1)} s with each hydrophone's on its own`,
  );
}

/** Core seconds for a second of sound. */
function cpuOf(name: keyof typeof NETS, variant: keyof typeof RATES): number {
  const { products, hop } = NETS[name];
  return products / (RATES[variant] * 1000) / hop + AROUND / 1000;
}

/** Consumers take messages in their order; one in a hundred fails and comes again, one in a thousand comes twice. */
function simulate(cut: boolean): void {
  const messages: number[] = [];
  const most = PIECE_CPU / cpu;
  for (const length of seconds) {
    if (!cut) messages.push(length);
    else for (let left = length; left > 0; left -= most) messages.push(Math.min(most, left));
  }
  const beyond = messages.filter((length) => length * cpu > 300).length;
  const late = messages.filter((length) => length * cpu > BATCH_WALL).length;
  const free = new LeastFirst(CONSUMERS);
  let [deliveries, failures, twice, end, reads] = [0, 0, 0, 0, 0];
  const ends: number[] = [];
  for (const length of messages) {
    for (let tries = 0; ; tries++) {
      deliveries++;
      // Half of a piece is lost on the way, on average.
      const fails = tries < 3 && random() < 0.01;
      const took = 0.3 + length * cpu * (fails ? random() : 1);
      end = free.least() + took;
      free.replace(end);
      reads += 3;
      if (!fails) break;
      failures++;
    }
    ends.push(end);
    if (random() < 0.001) {
      // It finds the result there, by one question.
      twice++;
      deliveries++;
      reads++;
      free.replace(free.least() + 0.3);
    }
  }
  const last = quantile(ends, 1);
  const most99 = quantile(ends, 0.99);
  const dollars =
    sum(messages) * cpu * 1000 * PRICE.cpuMs +
    deliveries * (PRICE.request + 3 * PRICE.queueOperation) +
    messages.length * PRICE.write +
    reads * PRICE.read;
  console.log(
    `  ${cut ? `in pieces of ${PIECE_CPU} s of CPU` : "a message a recording"}: ${messages.length} messages, ${deliveries} deliveries (${failures} failed, ${twice} twice)`,
  );
  console.log(
    `    ${(last / 3600).toFixed(1)} h with ${CONSUMERS} consumers; the last 1 % takes ${(((last - most99) / last) * 100).toFixed(1)} % of the time; ${(messages.length / last).toFixed(1)} messages/s`,
  );
  console.log(
    `    ${beyond} beyond 5 min of CPU, ${late} beyond 15 min of wall; R2: ${messages.length} writes, ${reads} reads; $${dollars.toFixed(0)}`,
  );
}

/** Lognormal, as archives are: many of minutes, some of a day. */
function lengths(count: number, mean: number): Float64Array {
  const sigma = 1.2;
  const mu = Math.log(mean) - sigma ** 2 / 2;
  return Float64Array.from({ length: count }, () => Math.min(86_400, Math.exp(mu + sigma * normal())));
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Mulberry32, so that each run is the same. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at] as number;
  return total;
}

function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

function minutes(length: number): string {
  return `${(length / 60).toFixed(0)} min`;
}
