import type { TemplateRecord } from '../../../ports/records/templates.ts';
import { findTemplate, templateOf } from '../reads/templates.ts';
import { integer } from '../rows.ts';
import type { Script } from '../script.ts';
import type { Transaction } from '../transaction.ts';
import { projectRow } from './know.ts';

export interface NewTemplate {
  readonly project: string;
  readonly name: string;
  readonly job: unknown;
}

export function* saveTemplate(
  tx: Transaction,
  { project, name, job }: NewTemplate,
  by: string,
): Script<TemplateRecord> {
  const projectId = integer((yield* projectRow(tx, project)).id);
  const before = yield* tx.selectOne('find-template', projectId, name);
  const owner = before === undefined ? by : templateOf(before).owner;
  yield* tx.write('set-template', [[projectId, name, JSON.stringify(job), owner, tx.now]]);
  tx.record('project.changed', projectId);
  return { name, job, owner, updatedAt: tx.now };
}

export function* removeTemplate(tx: Transaction, project: string, name: string): Script<null> {
  const projectId = integer((yield* projectRow(tx, project)).id);
  yield* findTemplate(projectId, name);
  yield* tx.write('delete-template', [[projectId, name]]);
  tx.record('project.changed', projectId);
  return null;
}
