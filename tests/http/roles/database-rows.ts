/** Who may do what with databases, their locks and releases. */
import assert from 'node:assert/strict';
import { keepers, lockers, people, type Row, type Scene, tokens } from './scene.ts';

async function ownDatabase({ lab, project }: Scene): Promise<string> {
  const name = `own-${project}`;
  await lab.ok('POST', '/v1/databases', { body: { name, kind: 'bank' } });
  return `/v1/databases/${name}`;
}

const built = { files: 1, bytes: 1, sha256: 'a'.repeat(64) };

/** A database with a release that is being made. */
async function building(scene: Scene): Promise<{ address: string; epoch: number }> {
  const name = `${scene.project}-files`;
  await scene.lab.ok('POST', '/v1/databases', { body: { name, kind: 'files' } });
  const address = `/v1/databases/${name}/releases`;
  return { address, epoch: await begin(scene, address, 'a') };
}

async function begin({ lab }: Scene, address: string, release: string): Promise<number> {
  const [, , , name] = address.split('/');
  const { epoch, lock } = await lab.ok('POST', '/v1/locks', { body: { locks: [`${name}/build:exclusive`] } });
  assert.ok(lock);
  await lab.ok('POST', address, { body: { release, path: `/data/${release}`, epoch } });
  return epoch;
}

/** A database with a release that is read. */
async function published(scene: Scene): Promise<string> {
  const { address, epoch } = await building(scene);
  await scene.lab.ok('POST', `${address}/a/publish`, { body: { epoch, ...built } });
  return address;
}

async function publishAs(scene: Scene, address: string, release: string, more: object): Promise<void> {
  const [, , , name] = address.split('/');
  const { items } = await scene.lab.ok('GET', `/v1/locks?path=${name}/build`);
  const [{ epoch }] = items;
  await scene.lab.ok('POST', address, { body: { release, path: `/data/${release}`, epoch } });
  await scene.lab.ok('POST', `${address}/${release}/publish`, { body: { epoch, ...built, ...more } });
}

/** A database, and a lock on it of whoever asks, in a session of its own. */
async function locked({ lab, strong, project }: Scene): Promise<{ lock: string; epoch: number }> {
  const database = await lab.database(`bank-${project}`);
  const body = { locks: [`${database}:exclusive`] };
  const { lock, epoch } = await lab.ok('POST', '/v1/locks', { token: strong, body });
  return { lock, epoch };
}

async function ownSession({ lab, strong }: Scene): Promise<string> {
  const { session } = await lab.ok('POST', '/v1/sessions', { token: strong, body: { name: 'curate' } });
  return `/v1/sessions/${session}`;
}

export const databaseRows: Readonly<Record<string, Row>> = {
  'POST /v1/sessions': { may: lockers, request: () => ['/v1/sessions', { name: 'curate' }] },
  'GET /v1/sessions': { may: people, request: () => ['/v1/sessions?ended=true'] },
  'GET /v1/sessions/:session': { may: people, request: async (scene) => [await ownSession(scene)] },
  'POST /v1/sessions/:session/renew': {
    may: lockers,
    request: async (scene) => [`${await ownSession(scene)}/renew`, {}],
  },
  'POST /v1/sessions/:session/databases': {
    may: lockers,
    request: async (scene) => [`${await ownSession(scene)}/databases`, { open: [] }],
  },
  'DELETE /v1/sessions/:session': { may: lockers, request: async (scene) => [await ownSession(scene)] },
  'POST /v1/locks': {
    may: lockers,
    request: async ({ lab, project }) => {
      const database = await lab.database(`bank-${project}`);
      return ['/v1/locks', { locks: [`${database}:shared`] }];
    },
  },
  'GET /v1/locks': { may: people, request: () => ['/v1/locks'] },
  'GET /v1/locks/:lock': {
    may: people,
    request: async (scene) => [`/v1/locks/${(await locked(scene)).lock}`],
  },
  'POST /v1/locks/renew': {
    may: lockers,
    request: async (scene) => ['/v1/locks/renew', { locks: [await locked(scene)] }],
  },
  'POST /v1/locks/release': {
    may: lockers,
    request: async (scene) => ['/v1/locks/release', { locks: [await locked(scene)] }],
  },
  'POST /v1/locks/change': {
    may: lockers,
    request: async (scene) => [
      '/v1/locks/change',
      { ...(await locked(scene)), path: `bank-${scene.project}`, mode: 'shared' },
    ],
  },
  'POST /v1/locks/check': {
    may: tokens,
    request: ({ project }) => ['/v1/locks/check', { path: project, mode: 'shared', epoch: 1 }],
  },
  'POST /v1/locks/break': {
    may: ['manager', 'admin'],
    request: async (scene) => ['/v1/locks/break', { lock: (await locked(scene)).lock }],
  },
  'POST /v1/databases': {
    may: keepers,
    request: ({ project }) => ['/v1/databases', { name: `new-${project}`, kind: 'bank' }],
  },
  'GET /v1/databases': { may: tokens, request: () => ['/v1/databases?all=true&projects=true'] },
  'GET /v1/databases/:name': { may: tokens, request: async (scene) => [await ownDatabase(scene)] },
  'PATCH /v1/databases/:name': {
    may: keepers,
    request: async (scene) => [await ownDatabase(scene), { description: 'new' }],
  },
  'DELETE /v1/databases/:name': { may: keepers, request: async (scene) => [await ownDatabase(scene)] },
  'POST /v1/databases/:name/on': {
    may: keepers,
    request: async (scene) => [`${await ownDatabase(scene)}/on`],
  },
  'POST /v1/databases/:name/off': {
    may: keepers,
    request: async (scene) => [`${await ownDatabase(scene)}/off`],
  },
  'POST /v1/databases/:name/close': {
    may: keepers,
    request: async (scene) => [`${await ownDatabase(scene)}/close`],
  },
  'GET /v1/databases/:name/releases': {
    may: tokens,
    request: async (scene) => [`${await ownDatabase(scene)}/releases`],
  },
  'POST /v1/databases/:name/releases': {
    may: keepers,
    request: async (scene) => {
      const { address, epoch } = await building(scene);
      return [address, { release: 'b', path: '/data/b', epoch }];
    },
  },
  'GET /v1/databases/:name/releases/:release': {
    may: tokens,
    request: async (scene) => [`${(await building(scene)).address}/a`],
  },
  'POST /v1/databases/:name/releases/:release/publish': {
    may: keepers,
    request: async (scene) => {
      const { address, epoch } = await building(scene);
      return [`${address}/a/publish`, { epoch, ...built }];
    },
  },
  'POST /v1/databases/:name/releases/:release/drop': {
    may: keepers,
    request: async (scene) => {
      const { address, epoch } = await building(scene);
      return [`${address}/a/drop`, { epoch }];
    },
  },
  'POST /v1/databases/:name/releases/:release/pin': {
    may: keepers,
    request: async (scene) => [`${await published(scene)}/a/pin`],
  },
  'POST /v1/databases/:name/releases/:release/unpin': {
    may: keepers,
    request: async (scene) => [`${await published(scene)}/a/unpin`],
  },
  'POST /v1/databases/:name/tidy': {
    may: keepers,
    request: async (scene) => [`${await ownDatabase(scene)}/tidy`],
  },
  'POST /v1/databases/:name/releases/:release/gone': {
    may: keepers,
    request: async (scene) => {
      const address = await published(scene);
      await publishAs(scene, address, 'b', { keep: 1 });
      await scene.lab.ok('POST', `${address.replace('/releases', '/tidy')}`);
      return [`${address}/a/gone`];
    },
  },
  'POST /v1/databases/:name/reopen': {
    may: keepers,
    request: async (scene) => {
      const address = await ownDatabase(scene);
      await scene.lab.ok('POST', `${address}/close`);
      return [`${address}/reopen`];
    },
  },
};
