import { Fault } from '../core/faults.ts';
import type { TaskDefinition } from '../core/tasks/definition.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The parameters of a built-in task: the server has checked them against its schema, and completed them. */
export function parametersOf<T>(
  given: unknown,
  { name }: Pick<TaskDefinition, 'name'>,
  areMeant: (fields: Fields) => fields is Fields & T,
): T {
  if (typeof given === 'object' && given !== null) {
    const fields: Fields = { ...given };
    if (areMeant(fields)) return fields;
  }
  throw new Fault('invalid_field', { field: 'parameters', found: given, expected: `those of ${name}` });
}
