import { Fault } from '../../../core/faults.ts';
import type { TemplateRecord } from '../../../ports/records/templates.ts';
import type { Page } from '../../../ports/storage.ts';
import { integer, json, text } from '../rows.ts';
import { type Row, type Script, select, selectOne } from '../script.ts';
import { pageOf, position } from './position.ts';
import { projectIdOf } from './project.ts';

export function* getTemplate(it: {
  readonly project: string;
  readonly name: string;
}): Script<TemplateRecord> {
  return yield* findTemplate(yield* projectIdOf(it.project), it.name);
}

export function* listTemplates(it: {
  readonly project: string;
  readonly limit: number;
  readonly after?: string;
}): Script<Page<TemplateRecord>> {
  const asOf = yield* position();
  const rows = yield* select('list-templates', yield* projectIdOf(it.project), it.after ?? '', it.limit + 1);
  return pageOf(rows, it.limit, asOf, templateOf, (row) => text(row.name));
}

export function* findTemplate(project: number, name: string): Script<TemplateRecord> {
  const row = yield* selectOne('find-template', project, name);
  if (row === undefined) throw new Fault('template_unknown', { found: name });
  return templateOf(row);
}

export function templateOf(row: Row): TemplateRecord {
  return {
    name: text(row.name),
    job: json(row.body),
    owner: text(row.owner),
    updatedAt: integer(row.updated_at),
  };
}
