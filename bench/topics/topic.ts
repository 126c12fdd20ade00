/** One subject that is measured. It prints its table, and throws if a check failed. */
export interface Topic {
  readonly name: string;
  readonly summary: string;
  run(options: BenchOptions): Promise<void>;
}

/** Undefined is each topic's own default. */
export interface BenchOptions {
  readonly jobs: number | undefined;
  readonly runs: number | undefined;
  readonly samples: number | undefined;
  /** Contestants whose name contains one of these; all if there is none. */
  readonly only: readonly string[];
  /** Tiny, and Labkeep only: shows that the benches run, and measures nothing. */
  readonly smoke: boolean;
}

export function isChosen(name: string, { only }: BenchOptions): boolean {
  return only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}
