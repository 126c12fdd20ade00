/** The paragraph for a paper: by which programs, in which versions, with which parameters, a result was obtained. */
import type { JobState } from '../jobs/states.ts';
import { databaseOf } from '../locks/paths.ts';
import { isNamedIn } from '../tasks/asks.ts';
import { canonicalJson } from '../tasks/canonical.ts';
import { isObject, type ParameterSchema, parameterSchema } from '../tasks/definition.ts';

export interface Step {
  readonly ref: string;
  readonly title: string | null;
  readonly task: string | null;
  readonly command: readonly string[] | null;
  readonly parameters: unknown;
  readonly executable: string | null;
  readonly version: string | null;
  /** The program that its task asks for a version; null where it says none. */
  readonly asked: string | null;
  readonly state: JobState;
  /** What its last attempt locked, and the release of it that it read; by path. */
  readonly databases: readonly { readonly path: string; readonly release: string | null }[];
}

export interface StepTie {
  readonly from: string;
  readonly to: string;
}

/** Steps in an order in which each comes after those that it rests on; where that leaves a choice, as they came. */
export function inOrder<T extends { readonly ref: string }>(
  steps: readonly T[],
  ties: readonly StepTie[],
): readonly T[] {
  const waitsFor = new Map(steps.map(({ ref }) => [ref, new Set<string>()]));
  const feeds = new Map<string, Set<string>>();
  for (const { from, to } of ties) {
    if (from === to || !waitsFor.has(from)) continue;
    waitsFor.get(to)?.add(from);
    feeds.set(from, (feeds.get(from) ?? new Set()).add(to));
  }
  const byRef = new Map(steps.map((step) => [step.ref, step]));
  const free = steps.filter(({ ref }) => waitsFor.get(ref)?.size === 0);
  const ordered: T[] = [];
  for (let step = free.shift(); step !== undefined; step = free.shift()) {
    ordered.push(step);
    for (const ref of feeds.get(step.ref) ?? []) {
      const rest = waitsFor.get(ref);
      rest?.delete(step.ref);
      const next = byRef.get(ref);
      if (rest?.size === 0 && next !== undefined) free.push(next);
    }
  }
  return ordered;
}

/** The name of the program of a step: the one that its task asks for a version, else its file, else its task. */
export function programOf({
  asked,
  executable,
  command,
  task,
}: Pick<Step, 'asked' | 'executable' | 'command' | 'task'>): string {
  const path = asked ?? executable ?? command?.[0] ?? task ?? 'a program';
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' ? path : name;
}

/** A step without the parameters that are as its task has them where nobody says otherwise. */
export function beyondDefaults(step: Step, schema: ParameterSchema): Step {
  const { parameters } = step;
  if (!isObject(parameters)) return step;
  const others = Object.entries(parameters).filter(([name, value]) => {
    const { default: usual } = parameterSchema(schema, name);
    return usual === undefined || canonicalJson(usual) !== canonicalJson(value);
  });
  return { ...step, parameters: Object.fromEntries(others) };
}

/** Steps of one program in one version are named together, in the order of the first. */
export function methodsText(ref: string, steps: readonly Step[]): string {
  const programs = Map.groupBy(steps, programAndVersion);
  const named = [...programs].map(([program, some]) => {
    const parameters = [...new Set(some.map(({ parameters: given }) => parametersText(given)))].filter(
      (text) => text !== '',
    );
    const read = [...new Set(some.flatMap(({ databases }) => databases.map(databaseText)))];
    const said = [...parameters, ...(read.length === 0 ? [] : [`with ${joined(read)}`])];
    return `${program} (${[some.map((step) => step.ref).join(', '), ...said].join('; ')})`;
  });
  const many = steps.length === 1 ? 'one step' : `${steps.length} steps`;
  return `${ref} was obtained in ${many} with ${joined(named)}.`;
}

function programAndVersion(step: Step): string {
  const { version } = step;
  const program = programOf(step);
  if (version === null) return program;
  return isNamedIn(version, program) ? version : `${program} ${version}`;
}

/** `embl 145`, or `chado/curation` of a database without releases. */
function databaseText({ path, release }: Step['databases'][number]): string {
  return release === null ? path : `${databaseOf(path)} ${release}`;
}

function parametersText(parameters: unknown): string {
  if (parameters === null || parameters === undefined) return '';
  if (typeof parameters !== 'object' || Array.isArray(parameters)) return JSON.stringify(parameters);
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function joined(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
