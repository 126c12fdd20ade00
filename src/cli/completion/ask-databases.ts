/** What the running server knows of databases: their names, releases and locks, and who has a session. */
import type { LabkeepClient } from '@labkeep/client';
import type { Command } from 'commander';
import { lockKinds } from '../../core/locks/wishes.ts';
import type { Cli } from '../cli.ts';
import { holderText } from '../lock/lock-view.ts';
import { clientFor, orNothing } from './ask-server.ts';
import type { Candidate } from './candidate.ts';

const listed = 1_000;
/** So many databases are asked for their releases at one Tab. */
const askedForReleases = 20;

type Ask = (cli: Cli, command: Command, words: readonly string[]) => Promise<readonly Candidate[]>;

export const databases: Ask = (cli, command, words) =>
  orNothing(() => databasesOf(clientFor(cli, command, words)));

async function databasesOf(client: LabkeepClient): Promise<readonly Candidate[]> {
  const { items } = await client.databases.list({ limit: listed, all: true });
  return items.map(({ name, state, description }) => ({
    value: name,
    about: `${state}  ${description}`.trim(),
  }));
}

/** `embl:shared`, and once a release is begun, `nr@2026-10:shared`. */
export const lockWishes: Ask = (cli, command, words) =>
  orNothing(async () => {
    const client = clientFor(cli, command, words);
    const [name = '', release] = (words.at(-1) ?? '').split('@');
    const named = release === undefined ? await databasesOf(client) : await releasesOf(client, name);
    return named.flatMap(({ value, about }) =>
      lockKinds.map((mode) => ({ value: `${value}:${mode}`, about })),
    );
  });

/** `nr@2026-10`, of all databases that have releases. */
export const releases: Ask = (cli, command, words) =>
  orNothing(async () => {
    const client = clientFor(cli, command, words);
    const { items } = await client.databases.list({ limit: listed, all: true });
    const names = items.filter(({ kind }) => kind === 'files').slice(0, askedForReleases);
    return (await Promise.all(names.map(({ name }) => releasesOf(client, name)))).flat();
  });

/** The names alone of the releases of the database that stands on the line. */
export const releaseNames: Ask = (cli, command, words) =>
  orNothing(async () => {
    const [name = ''] = words;
    const found = await releasesOf(clientFor(cli, command, words), name);
    return found.map(({ value, about }) => ({ value: value.slice(name.length + 1), about }));
  });

async function releasesOf(client: LabkeepClient, name: string): Promise<readonly Candidate[]> {
  const { items } = await client.releases.list(name, { limit: listed });
  return items
    .filter(({ state }) => state === 'current' || state === 'kept')
    .map(({ release, state }) => ({ value: `${name}@${release}`, about: state }));
}

export const locks: Ask = (cli, command, words) =>
  orNothing(async () => {
    const { items } = await clientFor(cli, command, words).locks.list({ limit: listed });
    return items.map((lock) => ({
      value: lock.lock,
      about: `${lock.locks.map(({ path, mode }) => `${path}:${mode}`).join(' ')}  ${holderText(lock.holder)}`,
    }));
  });

export const sessions: Ask = (cli, command, words) =>
  orNothing(async () => {
    const { items } = await clientFor(cli, command, words).sessions.list({ limit: listed });
    return items.map(({ session, name, principal }) => ({
      value: session,
      about: `${name} of ${principal}`,
    }));
  });
