/**
 * Which output an input is. The rule: a file at the same place, else one of the same content that is not empty; of
 * several, the one that was made last, among those that were made when the attempt started, by any other job. Whether
 * the attempt that made it succeeded, failed or was cancelled does not matter: it wrote what was read. A tie is made when
 * an attempt starts and kept, whatever is made later.
 */
import type { TieBy } from '../jobs/job.ts';

/** A file that an attempt wrote which has ended. */
export interface Made {
  readonly file: number;
  readonly jobId: number;
  readonly attempt: number;
  readonly madeAt: number;
  readonly place: string | null;
  readonly sha256: string | null;
}

export interface Wanted {
  readonly jobId: number;
  /** Every place that the file may have been given. */
  readonly places: readonly string[];
  readonly sha256: string | null;
}

export interface Found {
  readonly made: Made;
  readonly by: TieBy;
}

const digestOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Of these candidates, the output that the input is. `before`: when the attempt started. */
export function findMaker(wanted: Wanted, before: number, candidates: Iterable<Made>): Found | null {
  let samePlace: Made | null = null;
  let sameContent: Made | null = null;
  for (const made of candidates) {
    if (made.jobId === wanted.jobId || made.madeAt > before) continue;
    if (made.place !== null && wanted.places.includes(made.place)) samePlace = later(samePlace, made);
    if (made.sha256 !== null && made.sha256 === contentOf(wanted)) sameContent = later(sameContent, made);
  }
  if (samePlace !== null) return { made: samePlace, by: 'path' };
  return sameContent === null ? null : { made: sameContent, by: 'content' };
}

/** The digest by which a file may be known; null where it has none, or no content. */
export function contentOf({ sha256 }: Pick<Wanted, 'sha256'>): string | null {
  return sha256 === digestOfNothing ? null : sha256;
}

function later(one: Made | null, other: Made): Made {
  if (one === null) return other;
  return other.madeAt > one.madeAt || (other.madeAt === one.madeAt && other.file > one.file) ? other : one;
}
