import type { LabkeepError } from './labkeep-error.ts';

/** Whether coming back later can help: nobody answered, or the server could not just then. */
export function mayPass({ status }: LabkeepError): boolean {
  return status === null || status === 429 || status >= 500;
}

/** The pause (ms) after so many failures in a row: doubles up to the longest, of which chance takes up to half away. */
export function grownPauseMs(failures: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** failures, longestMs) * (0.5 + Math.random() / 2);
}

/** The pause (ms) after a refusal: as long as was grown, or as the server asked for, and not equal for all whom it asked. */
export function askedPauseMs({ retryAfterMs }: LabkeepError, grownMs: number): number {
  return Math.max((retryAfterMs ?? 0) * (1 + Math.random() / 2), grownMs);
}
