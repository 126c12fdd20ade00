/** The outside world’s time, and chance, as arguments: only the composition root and tests make one. */
export interface Clock {
  /** Milliseconds since 1970, UTC; may jump. */
  now(): number;
}

export interface Chance {
  /** A number in [0, 1). */
  next(): number;
  /** A new random text of `bytes` × 8 bits in lower-case hexadecimal. */
  token(bytes: number): string;
}
