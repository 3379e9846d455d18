import type { Watch } from "../../watch/index.ts";
import { METRICS_TYPE } from "../metrics.ts";

/** How a watch does, in Prometheus' text (exposition format 0.0.4): delay behind now, gaps, events, messages. */
export function watchMetrics({ config, store, messages }: Watch, at: number): Response {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string, samples: readonly (readonly [string, number])[]) => {
    if (samples.length === 0) return;
    lines.push(
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(([labels, value]) => `${name}{${labels}} ${value}`),
    );
  };
  const names = config.hydrophones.map(({ name }) => name);
  const states = names.map((name) => store.hydrophone(name));
  const of = (name: string) => `hydrophone="${name}"`;
  family(
    "orca_watch_behind_seconds",
    "gauge",
    "From the end of the last sound that was heard to now.",
    states.flatMap(({ name, heard }) => (heard === undefined ? [] : [[of(name), (at - heard) / 1000] as const])),
  );
  family(
    "orca_watch_live",
    "gauge",
    "1 while sound comes.",
    states.map(({ name, state }) => [of(name), state === "live" ? 1 : 0]),
  );
  const counted = store.counts();
  family(
    "orca_watch_events",
    "gauge",
    "Events that are kept.",
    names.map((name) => [of(name), counted.events.get(name) ?? 0]),
  );
  family(
    "orca_watch_gaps",
    "gauge",
    "Gaps that are kept.",
    names.map((name) => [of(name), counted.gaps.get(name) ?? 0]),
  );
  family(
    "orca_watch_messages",
    "gauge",
    "Messages that are kept, by what became of them.",
    messages.counts().map(({ delivery, state, count }) => [`delivery="${delivery}",state="${state}"`, count]),
  );
  return new Response(`${lines.join("\n")}\n`, { headers: { "content-type": METRICS_TYPE } });
}
