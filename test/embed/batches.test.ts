import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batches } from "../../src/embed/batches.ts";

/** A source whose items come when the test lets them, and that tells what was asked of it. */
function gated<T>() {
  const waiting: PromiseWithResolvers<IteratorResult<T>>[] = [];
  const ready: (() => void)[] = [];
  const calls = { next: 0, return: 0 };
  const give = (settle: (to: PromiseWithResolvers<IteratorResult<T>>) => void) => {
    const first = waiting.shift();
    if (first !== undefined) settle(first);
    else ready.push(() => settle(waiting.shift() as PromiseWithResolvers<IteratorResult<T>>));
  };
  const source: AsyncIterator<T> = {
    next() {
      calls.next++;
      const promise = Promise.withResolvers<IteratorResult<T>>();
      waiting.push(promise);
      ready.shift()?.();
      return promise.promise;
    },
    async return() {
      calls.return++;
      return { done: true, value: undefined };
    },
  };
  return {
    source,
    calls,
    item: (value: T) => give((to) => to.resolve({ done: false, value })),
    end: () => give((to) => to.resolve({ done: true, value: undefined })),
    fail: (error: Error) => give((to) => to.reject(error)),
  };
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const value of source) out.push(value);
  return out;
}

async function* numbers(count: number) {
  for (let at = 0; at < count; at++) yield at;
}

describe("batches", () => {
  test("a fast source gives full ones and the rest", async () => {
    expect(await all(batches(numbers(20), () => 8))).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13, 14, 15],
      [16, 17, 18, 19],
    ]);
    expect(await all(batches(numbers(0), () => 8))).toEqual([]);
    expect(await all(batches(numbers(3), () => 1))).toEqual([[0], [1], [2]]);
  });

  test("every item comes once and in order, in batches of at most the size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.boolean()),
        async (count, size, waits) => {
          const source = (async function* () {
            for (let at = 0; at < count; at++) {
              if (waits[at] === true) await new Promise((resolve) => setImmediate(resolve));
              yield at;
            }
          })();
          const made = await all(batches(source, () => size));
          expect(made.flat()).toEqual(Array.from({ length: count }, (_, at) => at));
          for (const batch of made) expect([batch.length > 0, batch.length <= size]).toEqual([true, true]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a slow source gives single ones, without waiting for the next", async () => {
    const gate = gated<string>();
    const made = batches(gate.source, () => 8);
    for (const name of ["a", "b", "c"]) {
      gate.item(name);
      // The next item is not there and does not come before this batch was taken.
      expect(await made.next()).toEqual({ done: false, value: [name] });
    }
    gate.end();
    expect(await made.next()).toEqual({ done: true, value: undefined });
    expect(gate.calls.next).toBe(4);
  });

  test("runs one item ahead of the consumer and no further", async () => {
    const gate = gated<number>();
    const made = batches(gate.source, () => 3);
    // Asked for at once, so that the first item is on its way while the consumer gets ready.
    const first = made.next();
    for (let at = 0; at < 10; at++) gate.item(at);
    expect(await first).toEqual({ done: false, value: [0, 1, 2] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(gate.calls.next).toBe(4);
    expect(await made.next()).toEqual({ done: false, value: [3, 4, 5] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(gate.calls.next).toBe(7);
    await made.return(undefined);
  });

  test("a failure after a started batch: the batch first, then the failure", async () => {
    const gate = gated<number>();
    const made = batches(gate.source, () => 8);
    gate.item(0);
    gate.item(1);
    gate.fail(new Error("the sender is gone"));
    expect(await made.next()).toEqual({ done: false, value: [0, 1] });
    await expect(made.next()).rejects.toThrow("the sender is gone");
    expect(await made.next()).toEqual({ done: true, value: undefined });
    expect(gate.calls.return).toBe(1);
  });

  test("a failure at once", async () => {
    const gate = gated<number>();
    gate.fail(new Error("nothing came"));
    await expect(all(batches(gate.source, () => 8))).rejects.toThrow("nothing came");
  });

  test("a consumer that leaves returns the source; a failure of the item ahead is heard by nobody", async () => {
    const gate = gated<number>();
    gate.item(0);
    gate.fail(new Error("too late"));
    for await (const batch of batches(gate.source, () => 1)) {
      expect(batch).toEqual([0]);
      break;
    }
    expect(gate.calls).toEqual({ next: 2, return: 1 });
  });

  test("a consumer that leaves does not wait for an item that never comes", async () => {
    const never = Promise.withResolvers<void>();
    let closed = false;
    const source = (async function* () {
      try {
        yield 0;
        await never.promise;
      } finally {
        closed = true;
      }
    })();
    for await (const batch of batches(source, () => 1)) {
      expect(batch).toEqual([0]);
      break;
    }
    // A generator can only close when it is at rest.
    expect(closed).toBe(false);
    never.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(true);
  });
});
