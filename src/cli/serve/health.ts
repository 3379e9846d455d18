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
  const texts = await Promise.all(workers.map((worker) => (worker.ready ? worker.health(WITHIN) : undefined)));
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
