/** The client against the OpenAPI document: every list can be gone through, and every write is repeated safely. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabkeepClient } from '@labkeep/client';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

interface Content {
  readonly schema: Schema;
}

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

const openapi: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
} = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'));

const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** A client, and what it sends; each answer is made up. */
function watched(answer: (sent: Request, count: number) => unknown): {
  readonly client: LabkeepClient;
  readonly sent: Request[];
} {
  const sent: Request[] = [];
  const client = new LabkeepClient({
    url: 'http://127.0.0.1:1',
    retry: { delayMs: 1 },
    fetch: async (address, init) => {
      const request = new Request(address, init);
      sent.push(request);
      return Response.json(answer(request, sent.length));
    },
  });
  return { client, sent };
}

type Lists = Readonly<Record<string, (it: LabkeepClient) => AsyncIterable<unknown>>>;

const lists: Lists = {
  listProjects: (it) => it.projects.each(),
  listJobs: (it) => it.jobs.each('p'),
  listFiles: (it) => it.jobs.eachFile('p/1'),
  listComments: (it) => it.comments.each('p/1'),
  listTemplates: (it) => it.templates.each('p'),
  listWorkers: (it) => it.workers.each(),
  listServers: (it) => it.servers.each(),
  listDirectories: (it) => it.directories.each(null),
  listProjectDirectories: (it) => it.directories.each('p'),
  listSightings: (it) => it.provenance.eachFile({ path: '/x' }),
  listStale: (it) => it.provenance.eachStale('p'),
  listEvents: (it) => it.events.each(),
  listTokens: (it) => it.tokens.each(),
  listDatabases: (it) => it.databases.each(),
  listReleases: (it) => it.releases.each('nr'),
  listSessions: (it) => it.sessions.each(),
  listLocks: (it) => it.locks.each(),
  listTasks: (it) => it.tasks.each(),
};

test('every list can be gone through with for await, page after page', async () => {
  const paged = operations.filter(({ method, operation }) => method === 'GET' && isPaged(operation));
  assert.deepEqual(paged.map(({ operation }) => operation.operationId).sort(), Object.keys(lists).sort());
  for (const { path, operation } of paged) {
    const { client, sent } = watched((_, count) =>
      count === 1
        ? { items: [1, 2], next: 'c', asOf: 'end' }
        : { items: [3], next: operation.operationId === 'listEvents' ? 'end' : null, asOf: 'end' },
    );
    const items: unknown[] = [];
    for await (const item of lists[operation.operationId]?.(client) ?? []) items.push(item);
    assert.deepEqual(items, [1, 2, 3], operation.operationId);
    const [first, second] = sent.map(({ url }) => new URL(url));
    assert.match(first?.pathname ?? '', pattern(path));
    assert.deepEqual(
      [first?.searchParams.get('after'), second?.searchParams.get('after')],
      [null, 'c'],
      operation.operationId,
    );
  }
});

test('a log can be gone through, chunk after chunk', async () => {
  const { client } = watched((_, count) => ({ items: [count], next: count < 3 ? count : null }));
  const items: unknown[] = [];
  for await (const item of client.jobs.eachLogChunk('p/1')) items.push(item);
  assert.deepEqual(items, [1, 2, 3]);
});

const at = { attempt: 'a', epoch: 1 };
const run = { command: ['x'], folder: '/x', host: 'h', account: 'a' };
const ended = { ...at, finishedAt: '2026-01-01T00:00:00Z', outcome: 'succeeded' } as const;

const lock = { lock: 'l', epoch: 1 };
const release = { release: '2026-11', path: '/nr/2026-11', epoch: 1, files: 1, bytes: 1, sha256: 'a' };

type Writes = Readonly<Record<string, (it: LabkeepClient) => Promise<unknown>>>;

const writes: Writes = {
  createProject: (it) => it.projects.create({ name: 'p' }),
  updateProject: (it) => it.projects.update('p', {}),
  deleteProject: (it) => it.projects.remove('p'),
  submitJobs: (it) => it.jobs.submit('p', {}),
  editJob: (it) => it.jobs.edit('p/1', {}),
  trashJob: (it) => it.jobs.remove('p/1'),
  actOnSelected: (it) => it.jobs.bulk('p', { where: 'state:ready', act: 'hold' }),
  submitJob: (it) => it.jobs.act('p/1', 'submit'),
  cancelJob: (it) => it.jobs.act('p/1', 'cancel'),
  retryJob: (it) => it.jobs.act('p/1', 'retry'),
  resolveJob: (it) => it.jobs.resolve('p/1', 'succeeded'),
  holdJob: (it) => it.jobs.act('p/1', 'hold'),
  releaseJob: (it) => it.jobs.act('p/1', 'release'),
  restoreJob: (it) => it.jobs.act('p/1', 'restore'),
  purgeJob: (it) => it.jobs.purge('p/1'),
  rerunJob: (it) => it.jobs.rerun('p/1'),
  addComment: (it) => it.comments.add('p/1', 'x'),
  editComment: (it) => it.comments.edit('p/1', 1, 'x'),
  removeComment: (it) => it.comments.remove('p/1', 1),
  saveTemplate: (it) => it.templates.save('p', 'x', {}),
  removeTemplate: (it) => it.templates.remove('p', 'x'),
  saveDirectory: (it) => it.directories.save(null, 'x', '/x'),
  removeDirectory: (it) => it.directories.remove(null, 'x'),
  saveProjectDirectory: (it) => it.directories.save('p', 'x', '/x'),
  removeProjectDirectory: (it) => it.directories.remove('p', 'x'),
  createToken: (it) => it.tokens.create({ name: 'x', role: 'viewer' }),
  revokeToken: (it) => it.tokens.revoke('x'),
  registerWorker: (it) => it.workers.register({ name: 'w' }),
  confirmAttempts: (it) => it.attempts.confirm({ worker: 'w', attempts: [at] }),
  renewAttempts: (it) => it.attempts.renew({ worker: 'w' }),
  appendOutput: (it) => it.attempts.output({ ...at, chunks: [] }),
  finishAttempts: (it) => it.attempts.finish({ attempts: [] }),
  recordRun: (it) => it.runs.record({ ...run, key: 'k', startedAt: '2026-01-01T00:00:00Z' }),
  renewRun: (it) => it.runs.renew(at),
  finishRun: (it) => it.runs.finish(ended),
  addDatabase: (it) => it.databases.add({ name: 'nr', kind: 'files' }),
  updateDatabase: (it) => it.databases.update('nr', {}),
  removeDatabase: (it) => it.databases.remove('nr'),
  turnDatabaseOn: (it) => it.databases.turnOn('nr'),
  turnDatabaseOff: (it) => it.databases.turnOff('nr'),
  closeDatabase: (it) => it.databases.close('nr'),
  reopenDatabase: (it) => it.databases.reopen('nr'),
  beginRelease: (it) => it.releases.begin('nr', release),
  publishRelease: (it) => it.releases.publish('nr', release.release, release),
  dropRelease: (it) => it.releases.drop('nr', release.release, release.epoch),
  pinRelease: (it) => it.releases.pin('nr', release.release),
  unpinRelease: (it) => it.releases.unpin('nr', release.release),
  markReleasesGoing: (it) => it.releases.markGoing('nr'),
  markReleaseGone: (it) => it.releases.markGone('nr', release.release),
  openSession: (it) => it.sessions.open({ name: 's' }),
  renewSession: (it) => it.sessions.renew('s'),
  openDatabases: (it) => it.sessions.databases('s', { open: ['nr'] }),
  endSession: (it) => it.sessions.end('s'),
  acquireLocks: (it) => it.locks.acquire({ locks: ['nr:shared'] }),
  renewLocks: (it) => it.locks.renew([lock]),
  releaseLocks: (it) => it.locks.release([lock]),
  changeLock: (it) => it.locks.change({ ...lock, path: 'nr', mode: 'shared' }),
  checkLock: (it) => it.locks.check({ path: 'nr', mode: 'shared', epoch: 1 }),
  breakLock: (it) => it.locks.break('l'),
  runTask: (it) => it.tasks.run('t'),
  getTaskStatus: (it) => it.tasks.status('t'),
};

/** A claim must be made anew; a code for a browser is of the command line. */
const notRepeated = ['claimJobs', 'createLoginCode'];

test('every write is repeated when its answer got lost, with the same key where the server takes one', async () => {
  const all = operations.filter(({ method }) => method !== 'GET');
  assert.deepEqual(
    all.map(({ operation }) => operation.operationId).sort(),
    [...Object.keys(writes), ...notRepeated].sort(),
  );
  for (const { method, path, operation } of all) {
    const write = writes[operation.operationId];
    if (write === undefined) continue;
    const { client, sent } = watched((_, count) => {
      if (count === 1) throw new TypeError('fetch failed');
      return {};
    });
    await write(client);
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    assert.deepEqual([sent.length, sent[1]?.method], [2, method], operation.operationId);
    assert.match(new URL(sent[1]?.url ?? '').pathname, pattern(path));
    assert.equal(keys[0], keys[1]);
    assert.equal(keys[0] !== null, isKeyed(operation), operation.operationId);
  }
});

function isKeyed({ parameters = [] }: Operation): boolean {
  return parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key');
}

function isPaged({ responses }: Operation): boolean {
  const schema = responses['200']?.content?.['application/json']?.schema;
  const name = schema?.$ref?.split('/').at(-1);
  const properties = (name === undefined ? schema : openapi.components.schemas[name])?.properties ?? {};
  return 'items' in properties && 'next' in properties;
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
