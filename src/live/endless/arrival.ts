/**
 * When sound was made, by when it came. None comes before it is made, and what a server sends at once to begin with was made
 * before: so the earliest time that any of it leads back to is nearest to the truth.
 */
export class Arrival {
  /** When the first sample came at the latest, ms since 1970. */
  #first = Number.POSITIVE_INFINITY;

  /** So many seconds of sound have come by `now`, ms since 1970. */
  heard(seconds: number, now: number): void {
    this.#first = Math.min(this.#first, now - 1000 * seconds);
  }

  /** When the sample at `seconds` was made at the latest, ms since 1970. */
  utc(seconds: number): number {
    return this.#first + 1000 * seconds;
  }

  /** Seconds by which what has come up to now is late against the best so far: jitter of the line, or missing sound. */
  behind(seconds: number, now: number): number {
    return (now - this.utc(seconds)) / 1000;
  }
}
