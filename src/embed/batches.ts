/** Milliseconds that a started batch waits for one more window: below what the shortest net takes for one. */
const LINGER = 4;

/**
 * Groups what `source` gives into batches of up to `size`: full ones while the sender is faster than the consumer, and
 * single ones, without delay, when it is slower. Runs one item ahead of the consumer and no further.
 * @param size  asked for at each batch
 */
export async function* batches<T>(source: AsyncIterator<T>, size: () => number): AsyncGenerator<T[]> {
  let next = source.next();
  try {
    for (;;) {
      const first = await next;
      if (first.done) return;
      const batch = [first.value];
      const most = size();
      next = source.next();
      while (batch.length < most) {
        // A failure of the source waits until what came before it has been handed on.
        const more = await within(next, LINGER).catch(() => undefined);
        if (more === undefined || more.done) break;
        batch.push(more.value);
        next = source.next();
      }
      yield batch;
    }
  } finally {
    // The consumer left or the source failed: a rejection of the item ahead must not go unheard. Closing is not waited
    // for, because a generator closes only when the item ahead has come, and a silent sender may never send it.
    next.catch(() => undefined);
    source.return?.()?.catch(() => undefined);
  }
}

/** The promise's value, or undefined where it takes longer than `ms`. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = Promise.withResolvers<undefined>();
  const handle = setTimeout(timer.resolve, ms, undefined);
  try {
    return await Promise.race([promise, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}
