import { Fault } from '../faults.ts';
import { bounds } from '../jobs/specify.ts';
import { checkDirectory, checkText } from '../text.ts';
import { type DatabaseKind, databaseKinds } from './database.ts';
import { readRoles } from './enforcement.ts';
import { checkKeep } from './releases.ts';

export type Settings = Readonly<Record<string, string>>;
export type DeclarableKind = Exclude<DatabaseKind, 'project'>;

/** Kinds of databases that can be added: projects are made as projects. */
export const declarableKinds = databaseKinds.filter((kind): kind is DeclarableKind => kind !== 'project');

type Check = (value: string, field: string) => void;

const folder: Check = (value, field) => checkDirectory(value, field, bounds.pathLength);

/** What each kind takes, and how it is checked. */
const settingsOf: Readonly<Record<DeclarableKind, Readonly<Record<string, Check>>>> = {
  bank: { directory: folder, flatFiles: folder },
  postgres: { url: checkPostgresUrl, urlEnv: checkVariable, schema: checkSchema, roles: readRoles },
  files: { directory: folder, keep: (value, field) => checkKeep(Number(value), field) },
  external: { url: checkUrl, directory: folder },
};

export function isDeclarableKind(word: unknown): word is DeclarableKind {
  return declarableKinds.some((kind) => kind === word);
}

/** The settings of a database of this kind: all known, each well-formed, and none that holds a password. */
export function checkSettings(
  kind: DeclarableKind,
  given: Readonly<Record<string, unknown>>,
  field: string,
): Settings {
  const checks = settingsOf[kind];
  const settings = Object.entries(given).map(([name, value]) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined)
      throw new Fault('unknown_field', {
        field: `${field}.${name}`,
        expected: `${Object.keys(checks).join(', ')}, which are the settings of kind ${kind}`,
      });
    if (typeof value !== 'string' || value === '')
      throw new Fault('invalid_field', { field: `${field}.${name}`, found: value, expected: 'a text' });
    check(value, `${field}.${name}`);
    return [name, value] as const;
  });
  if (kind === 'postgres') checkOneAddress(given, field);
  return Object.fromEntries(settings);
}

function checkOneAddress(given: Readonly<Record<string, unknown>>, field: string): void {
  const named = ['url', 'urlEnv'].filter((name) => given[name] !== undefined);
  if (named.length === 1) return;
  throw new Fault('invalid_field', {
    field,
    found: named,
    expected:
      'url, such as postgres://USER@HOST/DATABASE, or urlEnv, the name of an environment variable that holds one: one of the two',
  });
}

function checkPostgresUrl(value: string, field: string): void {
  checkUrl(value, field);
  if (!/^postgres(ql)?:/.test(value))
    throw new Fault('invalid_field', {
      field,
      found: value,
      expected: 'a URL such as postgres://USER@HOST/DATABASE',
    });
}

/** A URL that lets nobody in by itself. A password is not repeated, so that it stands in no answer and no log. */
function checkUrl(value: string, field: string): void {
  checkText(value, field, 2_000);
  if (
    /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:[^/?#]*@/i.test(value) ||
    /[?&][a-z_-]*(password|passwd|pwd)=/i.test(value)
  )
    throw new Fault('invalid_field', {
      field,
      detail: 'A stored address holds no password',
      expected:
        'a URL without one; let the account’s own files know it (.pgpass), or keep the URL in an environment variable and name that',
    });
  if (!/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(value) || /[\p{Cc}\s]/u.test(value))
    throw new Fault('invalid_field', { field, found: value, expected: 'a URL' });
}

function checkVariable(value: string, field: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(value))
    throw new Fault('invalid_field', {
      field,
      found: value.includes('://') ? undefined : value,
      expected: 'the name of an environment variable, such as CHADO_URL',
    });
}

function checkSchema(value: string, field: string): void {
  if (value.length > 63 || /[\p{Cc}]/u.test(value))
    throw new Fault('invalid_field', {
      field,
      found: value,
      expected: 'the name of a schema, at most 63 characters',
    });
}
