/** A clock's reading as UTC. */
export interface Placed {
  /** Milliseconds since 1970. */
  readonly utc: number;
  /** Seconds by which the zone leaves it open: clocks that go back show an hour twice. */
  readonly doubt: number;
  /** What was taken for granted, as a sentence. */
  readonly assumed?: string;
}
