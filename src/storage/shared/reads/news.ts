import { type JobClass, kindsOf } from '../../../core/dispatch/classes.ts';
import type { News } from '../../../ports/records/waiting.ts';
import { integer, json } from '../rows.ts';
import { type Script, select } from '../script.ts';

/** So many classes are looked at to tell what kinds of jobs are ready. */
const classesMax = 1_000;

export function* newsFor({ workers }: { readonly workers: readonly number[] }): Script<News> {
  const classes = yield* select('list-ready-kinds', classesMax);
  const toTell = workers.length === 0 ? [] : yield* select('list-workers-to-tell', workers);
  return {
    ready: classes.length === classesMax ? 'any' : kindsOf(classes.map((row) => json<JobClass>(row.body))),
    workers: toTell.map((row) => integer(row.worker_id)),
  };
}
