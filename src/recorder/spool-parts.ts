/** What the parts of a spooled run may hold: each is read here, and nowhere trusted before. */
import type { Asks } from '../core/tasks/asks.ts';
import type { ProcessIdentity } from '../worker/supervisor/processes.ts';
import type { EndReport, FileReport, RunReport, Told, Untold } from './report.ts';

export interface SpooledStart {
  readonly run: RunReport;
  /** Where it is to be told; null for the server of this data folder. */
  readonly server: string | null;
  /** The key of the run within which this one goes on, if its command was started by a recorded one. */
  readonly within: string | null;
  readonly recorder: ProcessIdentity;
  /** Registered directories that the recorder’s machine has in other folders. */
  readonly aliases?: Aliases;
}

/** By name, the folder. */
export type Aliases = Readonly<Record<string, string>>;

/** A part is not as this version writes it: it is damaged, or of another version. */
export class UnreadablePartError extends Error {
  constructor(found: string, cause?: unknown) {
    super(found, { cause });
    this.name = 'UnreadablePartError';
  }
}

/** Reads the JSON text of a part. */
export function parsePart(text: string): Fields {
  try {
    return new Fields(JSON.parse(text), '');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnreadablePartError(text === '' ? 'it is empty' : 'it is not JSON', error);
  }
}

export function readStart(it: Fields): SpooledStart {
  const recorder = it.fields('recorder');
  const aliases = it.given('aliases', () => it.fields('aliases').allTexts());
  return {
    run: readRun(it.fields('run')),
    server: it.textOrNull('server'),
    within: it.textOrNull('within'),
    recorder: { pid: recorder.integer('pid'), startTicks: recorder.text('startTicks') },
    ...(aliases === undefined ? {} : { aliases }),
  };
}

export function readEnd(it: Fields): EndReport {
  const reason = it.given('reason', () => it.oneOf('reason', ['exit_code', 'signal', 'not_started']));
  const numbers = it.given('numbers', () => it.fields('numbers').allNumbers());
  return {
    finishedAt: it.time('finishedAt'),
    outcome: it.oneOf('outcome', ['succeeded', 'failed', 'cancelled']),
    exitCode: it.orNull('exitCode', () => it.integer('exitCode')),
    ...(reason === undefined ? {} : { reason }),
    error: it.textOrNull('error'),
    inputs: it.list('inputs').map(readFile),
    outputs: it.list('outputs').map(readFile),
    stdin: it.textOrNull('stdin'),
    version: it.textOrNull('version'),
    executable: readExecutable(it),
    ...(numbers === undefined ? {} : { numbers }),
  };
}

export function readTold(it: Fields): Told | Untold {
  const why = it.given('why', () => it.text('why'));
  if (why !== undefined) return { why };
  const asks = it.given('asks', () => it.fields('asks'));
  const newProject = it.orNull('newProject', () => it.fields('newProject'));
  return {
    ref: it.text('ref'),
    state: it.text('state'),
    newProject:
      newProject === null
        ? null
        : { name: newProject.text('name'), directory: newProject.textOrNull('directory') },
    final: it.boolean('final'),
    cancel: it.boolean('cancel'),
    ...(asks === undefined ? {} : { asks: readAsks(asks) }),
  };
}

function readAsks(it: Fields): Asks {
  const version = it.given('version', () => it.fields('version'));
  const numbers = it.given('numbers', () => it.fields('numbers').allTexts());
  return {
    ...(version === undefined
      ? {}
      : { version: { command: version.texts('command'), pattern: version.textOrNull('pattern') } }),
    ...(numbers === undefined ? {} : { numbers }),
  };
}

function readRun(it: Fields): RunReport {
  const project = it.given('project', () => it.text('project'));
  const task = it.given('task', () => it.text('task'));
  const title = it.given('title', () => it.text('title'));
  const tags = it.given('tags', () => it.texts('tags'));
  return {
    key: it.text('key'),
    ...(project === undefined ? {} : { project }),
    folder: it.text('folder'),
    ...(task === undefined ? {} : { task }),
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    command: it.texts('command'),
    stdin: it.textOrNull('stdin'),
    inputs: it.list('inputs').map(readFile),
    host: it.text('host'),
    account: it.text('account'),
    executable: readExecutable(it),
    version: it.textOrNull('version'),
    startedAt: it.time('startedAt'),
  };
}

function readExecutable(it: Fields): RunReport['executable'] {
  const executable = it.orNull('executable', () => it.fields('executable'));
  return executable === null
    ? null
    : { path: executable.text('path'), sha256: executable.textOrNull('sha256') };
}

function readFile(it: Fields): FileReport {
  const size = it.given('size', () => it.integer('size'));
  const sha256 = it.given('sha256', () => it.text('sha256'));
  const kind = it.given('kind', () => it.oneOf('kind', ['directory']));
  const note = it.given('note', () => it.text('note'));
  return {
    path: it.text('path'),
    ...(size === undefined ? {} : { size }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(kind === undefined ? {} : { kind }),
    ...(note === undefined ? {} : { note }),
  };
}

/** An object whose fields are asked for by name and kind; another kind is refused with the place where it stands. */
export class Fields {
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #place: string;

  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new UnreadablePartError(`${place === '' ? 'it' : place} is no object`);
    this.#fields = new Map(Object.entries(value));
    this.#place = place === '' ? '' : `${place}.`;
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    return typeof value === 'string' ? value : this.#not(name, 'a text');
  }

  textOrNull(name: string): string | null {
    return this.orNull(name, () => this.text(name));
  }

  time(name: string): string {
    const text = this.text(name);
    return Number.isNaN(Date.parse(text)) ? this.#not(name, 'a time') : text;
  }

  integer(name: string): number {
    const value = this.#fields.get(name);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.#not(name, 'an integer');
  }

  boolean(name: string): boolean {
    const value = this.#fields.get(name);
    return typeof value === 'boolean' ? value : this.#not(name, 'true or false');
  }

  oneOf<const T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#fields.get(name);
    return choices.find((choice) => choice === value) ?? this.#not(name, `one of ${choices.join(', ')}`);
  }

  /** All fields, each of which is a number. */
  allNumbers(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#fields.keys()].map((name) => [name, this.#number(name)]));
  }

  /** All fields, each of which is a text. */
  allTexts(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#fields.keys()].map((name) => [name, this.text(name)]));
  }

  texts(name: string): readonly string[] {
    return this.#items(name).map((item) => (typeof item === 'string' ? item : this.#not(name, 'texts')));
  }

  fields(name: string): Fields {
    return new Fields(this.#fields.get(name), `${this.#place}${name}`);
  }

  list(name: string): readonly Fields[] {
    return this.#items(name).map((item, at) => new Fields(item, `${this.#place}${name}[${at}]`));
  }

  /** Null where null stands. */
  orNull<T>(name: string, read: () => T): T | null {
    return this.#fields.get(name) === null ? null : read();
  }

  /** Undefined where the field is left out. */
  given<T>(name: string, read: () => T): T | undefined {
    return this.#fields.has(name) ? read() : undefined;
  }

  #number(name: string): number {
    const value = this.#fields.get(name);
    return typeof value === 'number' ? value : this.#not(name, 'a number');
  }

  #items(name: string): readonly unknown[] {
    const value = this.#fields.get(name);
    return Array.isArray(value) ? value : this.#not(name, 'a list');
  }

  #not(name: string, expected: string): never {
    throw new UnreadablePartError(`${this.#place}${name} is not ${expected}`);
  }
}
