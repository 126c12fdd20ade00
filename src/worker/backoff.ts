const firstMs = 200;
const longestMs = 10_000;

/** The pause after so many failures in a row: doubles from 200 ms to 10 s, of which chance takes up to half away. */
export function backoffMs(failures: number, chance: number): number {
  const grown = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs);
  return Math.round(grown * (0.5 + chance / 2));
}
