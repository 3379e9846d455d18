import { onTestFinished } from "vitest";
import type { Finding } from "../../../src/audio/index.ts";
import {
  type Clock,
  follow,
  Inspector,
  type LiveEvent,
  type LiveSource,
  type Resuming,
  SharedFiles,
} from "../../../src/live/index.ts";
import { codecModules, kernelModule } from "../../support/runtime.ts";
import { awake } from "./awake-time.ts";
import type { Finished } from "./fake-icecast.ts";

/** Live time runs so many times faster. */
const FASTER = 20;

export const modules = { kernels: kernelModule, codecs: codecModules };
export const inspector = new Inspector(modules);

/** A clock that runs `faster` times as fast while this process does, and stands at `start` (ms since 1970) now. */
export function fastClock(start: number, faster = FASTER): Clock {
  const began = awake.now;
  return {
    now: () => start + faster * (awake.now - began),
    sleep: (ms, signal) => awake.sleep(ms / faster, signal),
  };
}

export interface Following {
  readonly events: AsyncGenerator<LiveEvent>;
  readonly files: SharedFiles;
  /** The listener leaves. */
  leave(): void;
}

export function following(
  source: Partial<LiveSource> & { url: string },
  {
    back = 1,
    start = Date.now(),
    files = new SharedFiles(fastClock(start)),
    finished = onTestFinished as Finished,
    resuming = undefined as Resuming | undefined,
  } = {},
): Following {
  const leaving = new AbortController();
  finished(() => leaving.abort());
  const whole: LiveSource = { kind: "node", hosts: [], ...source };
  const events = follow(
    whole,
    files,
    inspector,
    { back, ...(resuming === undefined ? {} : { resuming }) },
    leaving.signal,
  );
  return { events, files, leave: () => leaving.abort() };
}

/**
 * The next `count` events, shortly: a start with its UTC, a gap with its reason and length. Waiting and findings do not
 * count. @param findings  is given those
 */
export async function take(
  events: AsyncGenerator<LiveEvent>,
  count: number,
  findings: Finding[] = [],
): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const { done, value } = await events.next();
    if (value?.kind === "finding") findings.push(value.finding);
    if (value?.kind === "waiting" || value?.kind === "finding") continue;
    lines.push(done ? "end" : shortly(value));
    if (done) break;
  }
  return lines;
}

function shortly(event: Exclude<LiveEvent, { kind: "finding" }>): string {
  if (event.kind === "segment" || event.kind === "waiting" || event.kind === "end") return event.kind;
  if (event.kind === "gap") return `gap ${event.gap.reason} ${event.gap.seconds?.toFixed(3) ?? "?"}`;
  return `start ${event.start === undefined ? "?" : (event.start.utc / 1000).toFixed(3)}`;
}
