/** A file of tasks in TOML: a table `[task.NAME]` for each, with the fields of a declared one. */
import type { DeclarationProblem } from '../core/catalogue/declared.ts';
import { shown } from '../core/faults.ts';
import type { NewTask } from '../core/tasks/definition.ts';
import { NewTask as taskSchema } from '../frontends/http/schemas/tasks.ts';
import type { Schemas } from '../ports/schemas.ts';

export type TaskFile = { readonly tasks: readonly NewTask[] } | { readonly problem: DeclarationProblem };

const { name: _, ...fields } = taskSchema.properties;

const fileSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    task: {
      type: 'object',
      additionalProperties: { type: 'object', properties: fields, additionalProperties: false },
    },
  },
};

export async function readTasks(text: string, schemas: Schemas): Promise<TaskFile> {
  const { parse, TomlError } = await import('smol-toml');
  let tree: unknown;
  try {
    tree = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [said = ''] = error.message.split('\n');
    const problem = `${said.replace(/^Invalid TOML document: /, 'It is not TOML: ')} (column ${error.column})`;
    return { problem: { line: error.line, database: null, text: problem } };
  }
  const checked = await schemas.complete(fileSchema, tree);
  if ('value' in checked) return { tasks: tasksIn(checked.value) };
  const { place, found, expected } = checked;
  return { problem: problemAt(place.replace(/^\./, ''), `found ${shown(found)}, expected ${expected}`) };
}

export function problemAt(place: string, said: string): DeclarationProblem {
  return { line: null, database: null, text: `In ${place}: ${said}` };
}

/** The schema has seen to it that the tables are tasks. */
function tasksIn(value: unknown): readonly NewTask[] {
  const { task = {} } = value as { readonly task?: Readonly<Record<string, Omit<NewTask, 'name'>>> };
  return Object.entries(task).map(([name, rest]) => ({ ...rest, name }));
}
