import { setImmediate as round } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Turn } from "../src/turns.ts";

/** A clock that only goes where the test moves it. */
let now = 0;
beforeEach(() => {
  // Nothing of the test before is still taken for at work.
  now += 1e6;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => void vi.restoreAllMocks());

/** A stream that has computed for so long that it is new no more. */
async function oldStream(): Promise<Turn> {
  const turn = new Turn();
  for (let time = 0; time < 6; time++) {
    now += 50;
    await turn.pause();
  }
  return turn;
}

describe("a turn", () => {
  test("is over after 50 ms of the clock, or by what is counted where the clock stands still", async () => {
    const alone = new Turn();
    expect(alone.due()).toBe(false);
    now += 49;
    expect(alone.due()).toBe(false);
    now += 1;
    expect(alone.due()).toBe(true);
    await alone.pause();
    expect(alone.due()).toBe(false);
    expect(alone.due(499_999)).toBe(false);
    expect(alone.due(1)).toBe(true);
  });

  test("is shorter the more streams compute, and as long again when they do no more", async () => {
    const turns = Array.from({ length: 4 }, () => new Turn());
    now += 1500;
    for (const turn of turns) turn.due();
    const first = turns[0] as Turn;
    await first.pause();
    expect(first.shared).toBe(true);
    now += 14;
    expect(first.due()).toBe(false);
    now += 1;
    expect(first.due()).toBe(true);
    // The others do nothing for a while: they wait, or were cut off.
    now += 600;
    await first.pause();
    expect(first.shared).toBe(false);
    now += 49;
    expect(first.due()).toBe(false);
  });

  test("gives the event loop back, and ends where nobody wants the work any more", async () => {
    const leaving = new AbortController();
    const turn = new Turn(leaving.signal);
    let others = 0;
    setImmediate(() => others++);
    await turn.pause();
    expect(others).toBe(1);
    leaving.abort();
    await expect(turn.pause()).rejects.toMatchObject({ code: "cancelled" });
  });

  test("a new stream goes first, for as long as it is new and at work", async () => {
    const old = await oldStream();
    const young = new Turn();
    let went = false;
    const going = old.pause().then(() => {
      went = true;
    });
    for (let time = 0; time < 5; time++) {
      now += 9;
      young.due();
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect(went).toBe(false);
    // It has had its 50 ms.
    now += 9;
    await going;
    const again = old.pause();
    await round();
    // It waits for its sender.
    now += 21;
    await again;
  });

  test("a stream grows old by what it computes, not by turns or by what it waits for its sender", async () => {
    const waiting = async (turn: Turn) => {
      for (let time = 0; time < 5; time++) {
        now += 10_000;
        await turn.pause();
      }
    };
    const running = async (turn: Turn) => {
      for (let time = 0; time < 3; time++) {
        turn.spend(100);
        await turn.pause();
      }
    };
    for (const [work, first] of [
      [waiting, "it"],
      [running, "young"],
    ] as const) {
      const turn = new Turn();
      await work(turn);
      const going: string[] = [];
      const young = new Turn();
      const asked = turn.pause().then(() => going.push("it"));
      await young.pause().then(() => going.push("young"));
      young.end();
      await asked;
      turn.end();
      expect(going[0]).toBe(first);
    }
  });

  test("behind a run of a large net the event loop goes round more often, for what has come in meanwhile", async () => {
    const roundsOf = async (computed: number) => {
      const turn = new Turn();
      turn.spend(computed);
      let [rounds, over] = [0, false];
      const go = () => {
        rounds++;
        if (!over) setImmediate(go);
      };
      setImmediate(go);
      await turn.pause();
      over = true;
      turn.end();
      return rounds;
    };
    expect(await roundsOf(0)).toBe(3);
    expect(await roundsOf(100)).toBe(13);
    expect(await roundsOf(10_000)).toBe(16);
  });

  test("who has waited for two seconds goes before any new one", async () => {
    const old = await oldStream();
    const going: string[] = [];
    const waiting = old.pause().then(() => going.push("old"));
    now += 2001;
    const young = new Turn();
    await Promise.all([waiting, young.pause().then(() => going.push("new"))]);
    expect(going).toEqual(["old", "new"]);
  });

  test("between two turns the event loop goes round three times, and they come in the order in which they were asked for", async () => {
    let rounds = 0;
    let over = false;
    const go = () => {
      rounds++;
      if (!over) setImmediate(go);
    };
    const turns = Array.from({ length: 4 }, () => new Turn());
    setImmediate(go);
    const order: [turn: number, round: number][] = [];
    await Promise.all(
      turns.map(async (turn, number) => {
        for (let time = 0; time < 3; time++) {
          await turn.pause();
          order.push([number, rounds]);
        }
      }),
    );
    over = true;
    expect(order.map(([turn]) => turn)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
    // Three times: what comes in is accepted, read and answered between two turns.
    for (const [at, [, round]] of order.entries()) expect(round).toBeGreaterThanOrEqual((order[at - 1]?.[1] ?? 0) + 3);
  });
});
