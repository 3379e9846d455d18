import type { Session } from "../engines/index.ts";
import type { Turn } from "../turns.ts";

/** Milliseconds of one run of a net: beside other streams, and where nothing else computes. */
const SHARED_RUN = 100;
const LONGEST_RUN = 200;

/** What a window is taken to cost (ms) where no clock tells: on Cloudflare clocks stand still while a Worker computes. */
const UNTOLD = 25;

/** Milliseconds of a window, as the last runs had it. */
const costs = new WeakMap<Session, number>();

/** How many windows are to be run at once: as many as gain something, and no more than others can wait for. */
export function batchSize(session: Session, turn: Turn): number {
  const cost = costs.get(session);
  if (cost === undefined) return turn.shared ? 1 : session.batch;
  const most = Math.floor((turn.shared ? SHARED_RUN : LONGEST_RUN) / cost);
  return Math.max(1, Math.min(session.batch, most));
}

/** Notes what a run took. @param ms  as the clock has it. @returns what is to be taken for it */
export function noteRun(session: Session, windows: number, ms: number): number {
  const now = ms > 0 ? ms / windows : UNTOLD;
  const before = costs.get(session) ?? now;
  costs.set(session, (before + now) / 2);
  return now * windows;
}
