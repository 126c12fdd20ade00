/**
 * Epochs of an incarnation begin at its first second times 2^20, and above every epoch of the one before. So two
 * storages restored from one backup at different times never give the same epoch, and 2^53 is not reached before the
 * year 2242.
 */
export function firstEpoch(now: number, greatestBefore: number): number {
  return Math.max(Math.floor(now / 1000) * 2 ** 20, greatestBefore + 2 ** 20);
}
