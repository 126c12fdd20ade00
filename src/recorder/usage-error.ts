/** The words of the command line make no sense; exit code 2. */
export class UsageError extends Error {
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

export function usage(message: string, advice: string): UsageError {
  return new UsageError(message, advice);
}
