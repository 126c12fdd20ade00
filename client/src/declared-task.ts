import type { NewTask } from './types.ts';

/** What a task is that this program has a handler for; the server checks its parameters and gives it its locks. */
export type TaskDeclaration = Omit<NewTask, 'name' | 'command' | 'locks'> & {
  /**
   * Such as `{source}:shared`; or a function that makes such texts of the parameters. It is called once, with a
   * placeholder for each parameter (in a list for a list), so it may join and map them, but not decide by them.
   */
  readonly locks?: readonly string[] | ((parameters: TaskParameters) => readonly string[]) | undefined;
};

/** Placeholders of parameters, which become texts. */
// biome-ignore lint/suspicious/noExplicitAny: whoever wrote the schema knows which are lists.
export type TaskParameters = Readonly<Record<string, any>>;

/** The declaration as the server takes it. */
export function declaredTask(name: string, declaration: TaskDeclaration): NewTask {
  const { locks, ...rest } = declaration;
  if (locks === undefined) return { ...rest, name };
  const templates = typeof locks === 'function' ? locks(placeholders(declaration.parameters)) : locks;
  return { ...rest, name, locks: [...templates] };
}

function placeholders(schema: TaskDeclaration['parameters']): TaskParameters {
  const properties: unknown = schema?.properties ?? {};
  if (typeof properties !== 'object' || properties === null) return {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]: [string, unknown]) => [
      name,
      isList(one) ? [`{${name}...}`] : `{${name}}`,
    ]),
  );
}

function isList(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'array';
}
