/** Bytes that may wait for a line: beyond them its sender waits. */
export const MOST_WAITING = 3 * 2 ** 20;
/** A line that takes nothing for so long is given up, ms. */
export const STANDSTILL = 30_000;
/** A line that has held for so long has been taken, ms. */
export const HELD = 1000;

/** One connection, over which sound goes. */
export interface Line {
  /** Why it is no more. */
  readonly failed: unknown;
  /** Whether it has held for a second. */
  readonly old: boolean;
  /** Resolves when there is room for more, or it has failed. */
  write(bytes: Uint8Array): Promise<void>;
  /** @returns why it failed, where it did */
  end(): Promise<unknown>;
}

export const stoodStill = () => new Error(`the line took nothing for ${STANDSTILL / 1000} s`);
