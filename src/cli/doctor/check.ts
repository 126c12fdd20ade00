/** What a check of one part came to. */
export interface Finding {
  readonly part: string;
  /** Null if it could not be looked at. */
  readonly ok: boolean | null;
  readonly found: string;
  /** What to do about it; null where nothing is amiss. */
  readonly advice: string | null;
}

export function fine(part: string, found: string): Finding {
  return { part, ok: true, found, advice: null };
}

export function amiss(part: string, found: string, advice: string): Finding {
  return { part, ok: false, found, advice };
}

export function unseen(part: string, found: string): Finding {
  return { part, ok: null, found, advice: null };
}
