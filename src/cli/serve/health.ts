import { METRICS_TYPE, sumOfMetrics } from "../../http/index.ts";
import type { WorkerProcess } from "./workers.ts";

/** As GET /healthz of one process says it. */
interface Health {
  readonly streams: Readonly<Record<string, number>>;
  readonly models: readonly object[];
}

/** How long one process may take (ms) before the answer goes without it. */
const WITHIN = 5000;

/** The health of all processes as that of one: streams are summed, models say which process holds them. */
export async function healthOfAll(workers: readonly WorkerProcess[]): Promise<Response> {
  const texts = await Promise.all(workers.map((worker) => (worker.ready ? worker.ask("/healthz", WITHIN) : undefined)));
  const healths = texts.flatMap((text, at) =>
    text === undefined ? [] : [{ process: workers[at]?.number, health: JSON.parse(text) as Health }],
  );
  const [first] = healths;
  if (first === undefined)
    return Response.json({ status: "starting", processes: { ready: 0, of: workers.length } }, { status: 503 });
  const streams: Record<string, number> = {};
  for (const { health } of healths) {
    for (const [name, count] of Object.entries(health.streams)) streams[name] = (streams[name] ?? 0) + count;
  }
  const models = healths.flatMap(({ process, health }) => health.models.map((model) => ({ ...model, process })));
  return Response.json({ ...first.health, processes: { ready: healths.length, of: workers.length }, streams, models });
}

/**
 * The metrics of all processes as those of one, and how they do; undefined where none gives its own, which tells why.
 * @param authorization  the asker's, where the server is not for everyone
 */
export async function metricsOfAll(
  workers: readonly WorkerProcess[],
  authorization: string | undefined,
): Promise<Response | undefined> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const ready = workers.filter((worker) => worker.ready);
  const texts = (await Promise.all(ready.map((worker) => worker.ask("/metrics", WITHIN, headers)))).filter(
    (text) => text !== undefined,
  );
  if (texts.length === 0) return undefined;
  const restarts = workers.reduce((sum, worker) => sum + worker.restarts, 0);
  const own = [
    "# HELP orca_processes_ready Processes that take requests.",
    "# TYPE orca_processes_ready gauge",
    `orca_processes_ready ${ready.length}`,
    "# HELP orca_process_restarts_total Processes that were started again.",
    "# TYPE orca_process_restarts_total counter",
    `orca_process_restarts_total ${restarts}`,
    "",
  ];
  return new Response(sumOfMetrics(texts) + own.join("\n"), { headers: { "content-type": METRICS_TYPE } });
}
