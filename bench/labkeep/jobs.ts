/** The project and the task of the jobs that do nothing. */
export const project = 'nothing';
export const task = 'nothing';

export const jobsPerCall = 1_000;

export const unfinishedStates = ['draft', 'waiting', 'ready', 'offered', 'running', 'lost'] as const;

/** So many jobs in calls of a thousand, each the job that the other contestants get: a name and a number. */
export function* callsOf(count: number): Generator<{ task: string; parameters: { n: number } }[]> {
  for (let from = 0; from < count; from += jobsPerCall) {
    const size = Math.min(jobsPerCall, count - from);
    yield Array.from({ length: size }, (_, n) => ({ task, parameters: { n: from + n } }));
  }
}

interface Listed {
  readonly state: string;
  readonly attempts: number;
}

/** Goes through the record: each job must be there once, have succeeded, and have been tried once. */
export async function checkSucceeded(
  count: number,
  list: (
    after: string | undefined,
  ) => Promise<{ readonly items: readonly Listed[]; readonly next: string | null }>,
): Promise<void> {
  let found = 0;
  for (let after: string | undefined; ; ) {
    const { items, next } = await list(after);
    const wrong = items.find(({ state, attempts }) => state !== 'succeeded' || attempts !== 1);
    if (wrong !== undefined)
      throw new Error(`a job is ${wrong.state} after ${wrong.attempts} attempts, not succeeded after one`);
    found += items.length;
    if (next === null) break;
    after = next;
  }
  if (found !== count) throw new Error(`${found} of ${count} jobs are on record as succeeded`);
}
