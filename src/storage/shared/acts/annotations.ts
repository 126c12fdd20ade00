import { type Annotations, withNumbers } from '../../../core/annotations/annotations.ts';
import { wordsOf } from '../../../core/select/words.ts';
import { annotationsOf, integer } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** Which job something is said of. */
export interface Annotated {
  readonly id: number;
  readonly projectId: number;
}

/** Writes what differs: the row that lists show, and the rows by which tags and numbers are found. */
export function* writeAnnotations(
  tx: Transaction,
  job: Annotated,
  before: Annotations,
  after: Annotations,
): Script<void> {
  const { id, projectId } = job;
  const tags = (from: Annotations, to: Annotations) =>
    from.tags.filter((tag) => !to.tags.includes(tag)).map((tag) => [projectId, tag, id]);
  const numbers = (from: Annotations, to: Annotations) =>
    Object.entries(from.numbers)
      .filter(([name, value]) => to.numbers[name] !== value)
      .map(([name, value]) => [projectId, name, value, id]);
  yield* tx.write('delete-tags', tags(before, after));
  yield* tx.write('insert-tags', tags(after, before));
  yield* tx.write('delete-numbers', numbers(before, after));
  yield* tx.write('insert-numbers', numbers(after, before));
  yield* tx.write('set-annotations', [
    [id, projectId, after.rating, JSON.stringify(after.tags), JSON.stringify(after.numbers), after.comments],
  ]);
}

/** Numbers that runs turned out to have; jobs show them with their ends. */
export function* addNumbers(
  tx: Transaction,
  found: ReadonlyMap<number, Readonly<Record<string, number>>>,
): Script<void> {
  if (found.size === 0) return;
  for (const row of yield* tx.select('list-jobs-by-id', [...found.keys()])) {
    const job = { id: integer(row.id), projectId: integer(row.project_id) };
    const before = annotationsOf(row);
    const after = withNumbers(before, found.get(job.id) ?? {});
    if (after !== null) yield* writeAnnotations(tx, job, before, after);
  }
}

/** The title of a job, as the source of its words. */
export const titleSource = 0;

/** The words by which a title or a comment is found. */
export function* insertWords(
  tx: Transaction,
  texts: readonly { readonly job: Annotated; readonly source: number; readonly text: string | null }[],
): Script<void> {
  yield* tx.write(
    'insert-words',
    texts.flatMap(({ job, source, text }) =>
      text === null ? [] : wordsOf(text).map((word) => [job.projectId, word, job.id, source]),
    ),
  );
}

export function* replaceWords(
  tx: Transaction,
  job: Annotated,
  source: number,
  text: string | null,
): Script<void> {
  yield* tx.write('delete-words', [[job.id, source]]);
  yield* insertWords(tx, [{ job, source, text }]);
}
