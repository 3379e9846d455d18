import { nameOf } from "../addresses.ts";
import type { Inspector } from "../inspecting.ts";
import { Patience } from "../patience.ts";
import type { Clock, LiveEvent, LiveSource } from "../types.ts";
import { type Connection, connect } from "./connection.ts";
import { SoundStretches } from "./sound-stretches.ts";

/** Without a byte for so long it is said that nothing comes, and for so long the connection is given up: ms. */
const [QUIET, DEAD] = [10_000, 30_000];
/** A connection that held for so long was well: when it breaks, the next one is made soon. ms. */
const STEADY = 60_000;

/**
 * Follows sound without an end until `signal` aborts, or until it was a file and has ended. Connections that break are
 * made anew, less and less often while they do not hold.
 */
export async function* followSound(
  source: LiveSource,
  clock: Clock,
  inspector: Inspector,
  signal: AbortSignal,
): AsyncGenerator<LiveEvent> {
  const patience = new Patience(clock, signal);
  const stretches = new SoundStretches(nameOf(source.url), inspector, patience);
  for (;;) {
    const connection = await connect(source, clock, signal);
    if ("trouble" in connection) {
      yield* patience.bear(connection);
      continue;
    }
    const began = clock.now();
    try {
      const broken = yield* listen(connection, stretches, patience, clock);
      if (broken === undefined) return;
      if (clock.now() - began > STEADY) patience.came();
      yield* patience.bear({ trouble: broken, retryAfter: undefined });
    } finally {
      connection.close();
    }
  }
}

/** @returns why the connection is no more; undefined for a file that has come whole */
async function* listen(
  connection: Connection,
  stretches: SoundStretches,
  patience: Patience,
  clock: Clock,
): AsyncGenerator<LiveEvent, string | undefined> {
  stretches.join(connection.isFile);
  /** How long nothing came, ms: time in which nobody asked does not count. */
  let idle = 0;
  for (;;) {
    const asked = clock.now();
    const next = await connection.next(Math.max(1, Math.min(QUIET, DEAD - idle, stretches.due - asked)));
    const now = clock.now();
    if (next.kind === "nothing") {
      idle += now - asked;
      if (idle >= QUIET) yield* patience.say("Nothing comes.");
      yield* stretches.settle(now);
      if (idle >= DEAD) return `${connection.name} sent nothing for ${DEAD / 1000} s`;
    } else if (next.kind === "bytes") {
      idle = 0;
      for (const bytes of next.bytes) yield* stretches.push(bytes, now, now - asked);
    } else {
      yield* stretches.end(now, next.kind === "end");
      return next.kind === "end" ? undefined : next.reason;
    }
    const damage = stretches.takeDamage();
    if (damage !== undefined) return damage;
  }
}
