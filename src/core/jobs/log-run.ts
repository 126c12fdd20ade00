/**
 * How many chunks of a log may be shown that follow `after`, given their sequence numbers in order. While an attempt
 * runs, chunks may come out of order; a reader that goes on from the last number must not be led over one that is
 * still to come. When it has ended, what is missing stays so.
 */
export function shownChunks(sequences: readonly number[], after: number, ended: boolean): number {
  if (ended) return sequences.length;
  const gap = sequences.findIndex((sequence, index) => sequence !== after + 1 + index);
  return gap < 0 ? sequences.length : gap;
}
