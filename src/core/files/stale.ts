/**
 * Results whose inputs are not what they were. A job is stale where an input has since been made again, with other
 * content, by a job that does not itself rest on this one; or where what made an input (or has made it again since,
 * with the same content) is stale. Only its last attempt counts. Where a digest is not known, what was made again counts as other content.
 * To be made anew are those with a result that still stands, and those whose results such a one has rewritten in place.
 */
export interface Remade {
  /** What was read, and what was made since at the same place, last. */
  readonly was: { readonly file: number; readonly sha256: string | null };
  readonly now: { readonly file: number; readonly jobId: number; readonly sha256: string | null };
}

/** `below`: the jobs that rest on the reader. */
export function isRemade({ was, now }: Remade, reader: number, below: () => ReadonlySet<number>): boolean {
  if (now.file === was.file || now.jobId === reader) return false;
  if (was.sha256 !== null && was.sha256 === now.sha256) return false;
  return !below().has(now.jobId);
}

/**
 * On which job an input rests now: on what made the same content again last, where somebody did who does not rest on
 * the reader; else on what made it.
 */
export function makerNow(
  maker: number,
  { was, now }: Remade,
  reader: number,
  below: () => ReadonlySet<number>,
): number {
  const isSame = was.sha256 !== null && was.sha256 === now.sha256;
  if (!isSame || now.jobId === maker || now.jobId === reader) return maker;
  return below().has(now.jobId) ? maker : now.jobId;
}

/** The jobs that are stale by what they read, or by what they rest on. */
export function allStale(
  readers: Iterable<number>,
  isDirectly: (job: number) => boolean,
  makers: (job: number) => readonly number[],
): ReadonlySet<number> {
  const resting = new Map<number, number[]>();
  const seen = new Set(readers);
  for (const job of seen)
    for (const maker of makers(job)) {
      const known = resting.get(maker);
      if (known === undefined) resting.set(maker, [job]);
      else known.push(job);
      seen.add(maker);
    }
  const stale = new Set([...seen].filter(isDirectly));
  for (const job of stale) for (const reader of resting.get(job) ?? []) stale.add(reader);
  return stale;
}

/** `standing`: stale jobs with a result that nobody has made since; `makers`: the stale jobs on which one rests. */
export function toMakeAnew(
  standing: Iterable<number>,
  makers: (job: number) => readonly number[],
): ReadonlySet<number> {
  const anew = new Set(standing);
  for (const job of anew) for (const maker of makers(job)) anew.add(maker);
  return anew;
}
