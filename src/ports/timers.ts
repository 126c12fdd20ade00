/** Waiting, as an argument: the world’s timers, or a test’s. */
export interface Timers {
  /** Calls `act` once, after `afterMs`. The function that comes back takes it back, and may be called twice. */
  after(afterMs: number, act: () => void): () => void;
}
