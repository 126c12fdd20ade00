/**
 * Results whose inputs are not what they were. A job is stale where an input has since been made again, with other
 * content, by a job that does not itself rest on this one; or where what made an input is stale. Only its last attempt
 * counts. Where a digest is not known, what was made again counts as other content.
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

/** The jobs that are stale by what they read, or by what they rest on; ties closed to circles are not among `makers`. */
export function allStale(
  readers: Iterable<number>,
  isDirectly: (job: number) => boolean,
  makers: (job: number) => readonly number[],
): ReadonlySet<number> {
  const judged = new Map<number, boolean>();
  const pending = [...readers];
  for (let job = pending.pop(); job !== undefined; job = pending.pop()) {
    if (judged.has(job)) continue;
    const rest = makers(job);
    const unjudged = rest.filter((maker) => !judged.has(maker));
    if (unjudged.length === 0)
      judged.set(job, isDirectly(job) || rest.some((maker) => judged.get(maker) === true));
    else {
      pending.push(job);
      for (const maker of unjudged) pending.push(maker);
    }
  }
  return new Set([...judged].filter(([, stale]) => stale).map(([job]) => job));
}
