import type { Database } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { connect, type ServerOptions } from '../connect.ts';
import { pathHere } from '../here.ts';
import { refusal } from '../refusal.ts';

interface SettingsOptions extends ServerOptions {
  readonly tag?: string;
  readonly description?: string;
  readonly directory?: string;
  readonly flatFiles?: string;
  readonly url?: string;
  readonly urlEnv?: string;
  readonly schema?: string;
  readonly roles?: string;
  readonly keep?: string;
  readonly release?: string;
}

export interface AddOptions extends SettingsOptions {
  readonly kind: Exclude<Database['kind'], 'project'>;
  readonly off?: true;
}

export async function add(cli: Cli, name: string, options: AddOptions): Promise<void> {
  const { client } = connect(cli, options);
  const { kind, tag, description, release, off } = options;
  const added = await client.databases.add({
    name,
    kind,
    settings: settingsOf(cli, options),
    ...(given(tag) && { tag }),
    ...(given(description) && { description }),
    ...(given(release) && { release }),
    ...(off && { state: 'off' }),
  });
  if (options.json) cli.terminal.json(added);
  else cli.terminal.out(added.name);
}

/** Settings that are not named stay; of the two ways to name an address, the new one takes the place of the other. */
export async function set(cli: Cli, name: string, options: SettingsOptions): Promise<void> {
  const { tag, description, release } = options;
  const settings = settingsOf(cli, options);
  if (Object.keys(settings).length === 0 && [tag, description, release].every((one) => one === undefined))
    throw refusal('usage', 'Nothing to change', 'Give --description, --release, --tag or a setting.');
  const { client } = connect(cli, options);
  const database = await client.databases.get(name);
  const changed = await client.databases.update(name, {
    ...(Object.keys(settings).length > 0 && {
      settings: merged(database.settings, settings),
      revision: database.revision,
    }),
    ...(tag !== undefined && { tag: tag === '' ? null : tag }),
    ...(description !== undefined && { description }),
    ...(release !== undefined && { release: release === '' ? null : release }),
  });
  tell(cli, changed, options);
}

export async function remove(cli: Cli, name: string, options: ServerOptions): Promise<void> {
  const { client } = connect(cli, options);
  await client.databases.remove(name);
}

export async function turn(
  cli: Cli,
  name: string,
  state: 'on' | 'off',
  options: ServerOptions,
): Promise<void> {
  const { client } = connect(cli, options);
  const changed = await (state === 'on' ? client.databases.turnOn(name) : client.databases.turnOff(name));
  tell(cli, changed, options);
}

function tell(cli: Cli, changed: Database, options: ServerOptions): void {
  if (options.json) cli.terminal.json(changed);
  else if (changed.declaredIn !== null)
    cli.terminal.say(
      `labkeep: ${changed.name} is declared in ${changed.declaredIn}, which counts when it changes`,
    );
}

function settingsOf(cli: Cli, options: SettingsOptions): Readonly<Record<string, string>> {
  const { directory, flatFiles, url, urlEnv, schema, roles, keep } = options;
  const folder = (path: string | undefined): string | undefined =>
    given(path) ? pathHere(cli.folder, path) : path;
  const all = {
    directory: folder(directory),
    flatFiles: folder(flatFiles),
    url,
    urlEnv,
    schema,
    roles,
    keep,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function merged(
  before: Database['settings'],
  changes: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const { url, urlEnv, ...rest } = before;
  const address = given(changes.url) || given(changes.urlEnv) ? {} : { url, urlEnv };
  const all = { ...rest, ...address, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ''));
}

function given(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
