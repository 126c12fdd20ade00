/** The defaults of dispatch, in milliseconds. */
export interface Durations {
  readonly offerMs: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
}

export const defaultDurations: Durations = { offerMs: 30_000, leaseMs: 60_000, sweepMs: 1_000 };
