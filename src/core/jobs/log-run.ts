/** How much of an attempt’s output is kept, in bytes. */
const outputKeptMax = 16 * 1024 * 1024;
/** Notes of the worker itself fit beyond that, but not without end. */
const notesKeptMax = 64 * 1024;

/** How many bytes of a chunk are kept, so many of the attempt being kept already. */
export function roomInLog(stream: 'stdout' | 'stderr' | 'note', kept: number): number {
  const max = stream === 'note' ? outputKeptMax + notesKeptMax : outputKeptMax;
  return Math.max(0, max - kept);
}

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
