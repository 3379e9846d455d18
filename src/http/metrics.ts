import type { Usage } from "./usage.ts";

/** Prometheus' text exposition format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Upper bounds of the latency histogram's buckets, seconds: a refusal, a clip, a recording, a day's stream. */
const BUCKETS = [0.01, 0.05, 0.25, 1, 5, 30, 300, 3600, 86_400] as const;

/** What is counted as it is asked for, not as it happens. */
export interface Gauges {
  readonly streams: number;
  readonly models: readonly {
    readonly name: string;
    readonly variant: string;
    readonly engine: string;
    readonly memory: number;
  }[];
}

interface Histogram {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** Counters of one isolate, written as Prometheus' text (exposition format 0.0.4). */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  readonly #windows = new Map<string, number>();
  readonly #seconds = new Map<string, number>();
  readonly #latency = new Map<string, Histogram>();
  #bytes = 0;

  /** A request that is over. */
  add({ route, method, status, code, model, windows, seconds, bytes, ms }: Usage): void {
    const more = (counts: Map<string, number>, labels: string, by = 1) =>
      counts.set(labels, (counts.get(labels) ?? 0) + by);
    more(this.#requests, labels({ route, method, status: String(status) }));
    if (code !== undefined) more(this.#refusals, labels({ code }));
    if (model !== undefined) {
      more(this.#windows, labels({ model }), windows);
      more(this.#seconds, labels({ model }), seconds);
    }
    this.#bytes += bytes;
    const key = labels({ route });
    const histogram = this.#latency.get(key) ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#latency.set(key, histogram);
    for (const [at, most] of BUCKETS.entries())
      if (ms / 1000 <= most) histogram.buckets[at] = (histogram.buckets[at] ?? 0) + 1;
    histogram.sum += ms / 1000;
    histogram.count++;
  }

  text({ streams, models }: Gauges): string {
    const lines: string[] = [];
    const family = (name: string, type: string, help: string, samples: Iterable<readonly [string, number]>) =>
      lines.push(
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...Array.from(samples, ([key, value]) => `${name}${key} ${value}`),
      );
    family("orca_requests_total", "counter", "Requests that are over.", this.#requests);
    family("orca_errors_total", "counter", "Requests that ended with an error, by its code.", this.#refusals);
    family("orca_windows_total", "counter", "Windows that were embedded.", this.#windows);
    family("orca_audio_seconds_total", "counter", "Seconds of audio that were embedded.", this.#seconds);
    family("orca_received_bytes_total", "counter", "Bytes of recordings that came.", [["", this.#bytes]]);
    family("orca_streams", "gauge", "Streams that are running.", [["", streams]]);
    family("orca_model_memory_bytes", "gauge", "Memory of the loaded models.", memoryOf(models));
    lines.push(
      "# HELP orca_request_seconds From a request's arrival to its end.",
      "# TYPE orca_request_seconds histogram",
    );
    for (const [key, { buckets, sum, count }] of this.#latency) {
      const inner = key.slice(1, -1);
      for (const [at, most] of BUCKETS.entries())
        lines.push(`orca_request_seconds_bucket{${inner},le="${most}"} ${buckets[at]}`);
      lines.push(`orca_request_seconds_bucket{${inner},le="+Inf"} ${count}`);
      lines.push(`orca_request_seconds_sum${key} ${sum}`, `orca_request_seconds_count${key} ${count}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

function memoryOf(models: Gauges["models"]): (readonly [string, number])[] {
  return models.map(({ name, variant, engine, memory }) => [labels({ model: name, variant, engine }), memory]);
}

/** Labels as Prometheus writes them; values are this project's own words and need no escapes. */
function labels(values: Readonly<Record<string, string>>): string {
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}}`;
}

/** The metrics of several processes as one: samples of one name and labels are added up. */
export function sumOfMetrics(texts: readonly string[]): string {
  const sums = new Map<string, number>();
  const order: string[] = [];
  for (const line of texts.flatMap((text) => text.split("\n"))) {
    if (line === "") continue;
    const [, key = line, value] = /^([^#\s]\S*) (\S+)$/.exec(line) ?? [];
    if (!sums.has(key)) order.push(key);
    sums.set(key, (sums.get(key) ?? 0) + (value === undefined ? 0 : Number(value)));
  }
  // A family's samples stay together, behind its description.
  const familyOf = (key: string) =>
    key.replace(/^# (HELP|TYPE) (\S+).*/, "$2").replace(/\{.*|(?<=orca_request_seconds)_(bucket|sum|count).*/g, "");
  const families = Map.groupBy(order, familyOf);
  return Array.from(families.values())
    .flatMap((keys) => keys.map((key) => (key.startsWith("#") ? key : `${key} ${sums.get(key)}`)))
    .map((line) => `${line}\n`)
    .join("");
}
