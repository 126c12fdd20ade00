import { classKey, type JobClass, kindsOf } from '../../../core/dispatch/classes.ts';
import type { LiveJob } from '../../../core/jobs/job.ts';
import { findProject } from '../reads/project.ts';
import { integer, json, text } from '../rows.ts';
import type { Row, Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** Makes sure that the names of these jobs’ projects are known, since events give references. */
export function* knowProjects(tx: Transaction, jobs: readonly Pick<LiveJob, 'projectId'>[]): Script<void> {
  const unknown = [...new Set(jobs.map((job) => job.projectId))].filter((id) => !tx.known.hasProject(id));
  if (unknown.length === 0) return;
  for (const row of yield* tx.select('list-project-names', unknown))
    tx.known.rememberProject(integer(row.id), text(row.name));
}

/** The row of a project that was not deleted. */
export function* projectRow(tx: Transaction, name: string): Script<Row> {
  const row = yield* findProject(name);
  tx.known.rememberProject(integer(row.id), name);
  return row;
}

export function* classById(tx: Transaction, id: number): Script<JobClass> {
  const known = tx.known.classOf(id);
  if (known !== undefined) return known;
  const row = yield* tx.selectOne('find-class', id);
  const it = json<JobClass>(row?.body);
  tx.known.rememberClass(id, it);
  return it;
}

/** So many classes are looked at to tell what kinds of jobs became ready. */
const wokenMax = 64;

/** Jobs of these classes became ready. */
export function* wakeClasses(tx: Transaction, ids: readonly number[]): Script<void> {
  const classes: JobClass[] = [];
  for (const id of ids.slice(0, wokenMax)) classes.push(yield* classById(tx, id));
  tx.wakeReady(ids.length > wokenMax ? 'any' : kindsOf(classes));
}

/** The id of a class, made if new. */
export function* internClass(tx: Transaction, it: JobClass): Script<number> {
  const key = classKey(it);
  const known = tx.known.classId(key);
  if (known !== undefined) return known;
  const found = yield* tx.selectOne('find-class-by-key', key);
  if (found === undefined) yield* tx.write('insert-class', [[key, JSON.stringify(it)]]);
  const row = found ?? (yield* tx.selectOne('find-class-by-key', key));
  const id = integer(row?.id);
  tx.known.rememberClass(id, it);
  return id;
}
