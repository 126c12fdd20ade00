/**
 * Every route × every role. The routes come from the server, so one without a row here fails; who may is written
 * down by hand from docs/protocols/http.md. A refused write must have changed nothing.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type Call, jobPath, ServerLab } from './server-lab.ts';

/** `@own` is a token for the one project of the request, `@other` for another one. */
const columns = [
  'none',
  'viewer',
  'contributor',
  'manager',
  'worker',
  'admin',
  'viewer@own',
  'contributor@own',
  'manager@own',
  'admin@own',
  'viewer@other',
  'contributor@other',
  'manager@other',
  'admin@other',
  'attempt',
] as const;
type Column = (typeof columns)[number];

const everybody = columns;
const tokens = columns.filter((column) => column !== 'none');
const people = tokens.filter((column) => column !== 'attempt');
const serverWide = ['viewer', 'contributor', 'manager', 'worker', 'admin'] as const;
const own = ['viewer@own', 'contributor@own', 'manager@own', 'admin@own'] as const;
const readers = [...serverWide, ...own, 'attempt'] as const;
const writers = ['contributor', 'manager', 'admin', 'contributor@own', 'manager@own', 'admin@own'] as const;
/** Databases are of no project. */
const lockers = [...writers, 'contributor@other', 'manager@other', 'admin@other'] as const;
const managers = ['manager', 'admin', 'manager@own', 'admin@own'] as const;
const workers = ['worker', 'admin'] as const;
const keepers = ['manager', 'admin'] as const;
const admins = ['admin'] as const;

/** One cell’s scene: a project of its own, with a job of whoever asks. */
interface Scene {
  readonly lab: ServerLab;
  readonly project: string;
  readonly principal: string;
  /** A token of the same principal that may do everything. */
  readonly strong: string;
  readonly ref: string;
}

interface Row {
  readonly may: readonly Column[];
  readonly request: (
    scene: Scene,
  ) => Promise<readonly [url: string, body?: unknown]> | readonly [url: string, body?: unknown];
}

const onJob =
  (below = '', body?: unknown) =>
  (scene: Scene) =>
    [`${jobPath(scene.ref)}${below}`, body] as const;

async function ownWorker({ lab, strong }: Scene): Promise<string> {
  return (await lab.ok('POST', '/v1/workers', { token: strong, body: { name: 'w' } })).worker;
}

/** Of an attempt, the job runs: it is refused before anybody looks. */
async function inTrash({ lab, strong, ref }: Scene): Promise<void> {
  await lab.call('DELETE', jobPath(ref), { token: strong });
}

/** A job that its worker forgot, and whose policy is to ask. */
async function lostJob(scene: Scene): Promise<string> {
  const { lab, strong, project } = scene;
  const body = { command: ['true'], onLost: 'ask', priority: 1 };
  const { ref } = await lab.ok('POST', `/v1/projects/${project}/jobs`, { token: strong, body });
  const worker = await ownWorker(scene);
  const claim = async (capacity: number) =>
    lab.ok('POST', '/v1/claims', { token: strong, body: { worker, capacity, held: [], waitMs: 0 } });
  const [{ attempt, epoch }] = (await claim(1)).offers;
  await lab.ok('POST', '/v1/attempts/confirm', {
    token: strong,
    body: { worker, attempts: [{ attempt, epoch }] },
  });
  await claim(0);
  return ref;
}

async function ownComment({ lab, strong, ref }: Scene): Promise<string> {
  const address = `${jobPath(ref)}/comments`;
  const { id } = await lab.ok('POST', address, { token: strong, body: { text: 'mine' } });
  return `${address}/${id}`;
}

async function ownTemplate({ lab, strong, project }: Scene): Promise<string> {
  const address = `/v1/projects/${project}/templates/mine`;
  await lab.ok('PUT', address, { token: strong, body: { job: { command: ['true'] } } });
  return address;
}

async function ownTask({ lab, strong }: Scene): Promise<string> {
  const name = `task-${randomUUID()}`;
  await lab.ok('POST', '/v1/workers', { token: strong, body: { name: 'w', declares: [{ name }] } });
  return `/v1/tasks/${name}`;
}

const told = {
  folder: '/data/toxd',
  command: ['sort'],
  host: 'node07',
  account: 'ana',
  startedAt: '2026-01-01T00:00:00Z',
};

/** A run of whoever asks. */
async function recordedRun({ lab, project, strong }: Scene): Promise<{ attempt: string; epoch: number }> {
  const body = { ...told, key: randomUUID(), project };
  const { attempt, epoch } = await lab.ok('POST', '/v1/runs', { token: strong, body });
  return { attempt, epoch };
}

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

async function directoryOf({ lab }: Scene, of: string): Promise<string> {
  const address = `${of}/directories/raw`;
  await lab.ok('PUT', address, { body: { path: '/raw' } });
  return address;
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

const rows: Readonly<Record<string, Row>> = {
  'GET /v1/health': { may: everybody, request: () => ['/v1/health'] },
  'GET /v1/openapi.json': { may: everybody, request: () => ['/v1/openapi.json'] },
  'GET /metrics': { may: people, request: () => ['/metrics'] },
  'GET /v1/me': { may: tokens, request: () => ['/v1/me'] },
  'POST /v1/login-codes': { may: admins, request: () => ['/v1/login-codes'] },

  'POST /v1/projects': {
    may: ['contributor', 'manager', 'admin'],
    request: ({ project }) => ['/v1/projects', { name: `${project}-new` }],
  },
  'GET /v1/projects': { may: tokens, request: () => ['/v1/projects'] },
  'GET /v1/projects/:project': { may: readers, request: ({ project }) => [`/v1/projects/${project}`] },
  'PATCH /v1/projects/:project': {
    may: managers,
    request: ({ project }) => [`/v1/projects/${project}`, { title: 'new' }],
  },
  'DELETE /v1/projects/:project': {
    may: managers,
    request: async ({ lab, project, ref }) => {
      await lab.call('POST', `${jobPath(ref)}/cancel`);
      return [`/v1/projects/${project}`];
    },
  },

  'POST /v1/projects/:project/jobs': {
    may: [...writers, 'attempt'],
    request: ({ project }) => [`/v1/projects/${project}/jobs`, { command: ['true'] }],
  },
  'GET /v1/projects/:project/jobs': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/jobs`],
  },
  'GET /v1/projects/:project/jobs/count': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/jobs/count?where=state:ready`],
  },
  'GET /v1/projects/:project/jobs/index': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/jobs/index?limit=2`],
  },
  'POST /v1/projects/:project/bulk': {
    may: writers,
    request: ({ project }) => [`/v1/projects/${project}/bulk`, { where: 'state:ready', act: 'hold' }],
  },
  'GET /v1/projects/:project/jobs/:number': { may: readers, request: onJob() },
  'PATCH /v1/projects/:project/jobs/:number': {
    may: [...writers, 'attempt'],
    request: onJob('', { metadata: { changed: true } }),
  },
  'DELETE /v1/projects/:project/jobs/:number': { may: writers, request: onJob() },
  'POST /v1/projects/:project/jobs/:number/submit': {
    may: writers,
    request: async ({ lab, project, strong }) => {
      const draft = await lab.ok('POST', `/v1/projects/${project}/jobs`, {
        token: strong,
        body: { submit: false },
      });
      return [`${jobPath(draft.ref)}/submit`];
    },
  },
  'POST /v1/projects/:project/jobs/:number/cancel': { may: writers, request: onJob('/cancel') },
  'POST /v1/projects/:project/jobs/:number/retry': {
    may: writers,
    request: async (scene) => {
      await scene.lab.call('POST', `${jobPath(scene.ref)}/cancel`);
      return onJob('/retry')(scene);
    },
  },
  'POST /v1/projects/:project/jobs/:number/hold': { may: writers, request: onJob('/hold') },
  'POST /v1/projects/:project/jobs/:number/release': {
    may: writers,
    request: async (scene) => {
      await scene.lab.call('POST', `${jobPath(scene.ref)}/hold`);
      return onJob('/release')(scene);
    },
  },
  'POST /v1/projects/:project/jobs/:number/rerun': {
    may: writers,
    request: onJob('/rerun', { title: 'again' }),
  },
  'POST /v1/projects/:project/jobs/:number/restore': {
    may: writers,
    request: async (scene) => {
      await inTrash(scene);
      return onJob('/restore')(scene);
    },
  },
  'POST /v1/projects/:project/jobs/:number/resolve': {
    may: writers,
    request: async (scene) => [`${jobPath(await lostJob(scene))}/resolve`, { outcome: 'succeeded' }],
  },
  'POST /v1/projects/:project/jobs/:number/purge': {
    may: writers,
    request: async (scene) => {
      await inTrash(scene);
      return onJob('/purge')(scene);
    },
  },
  'GET /v1/projects/:project/jobs/:number/diff': {
    may: readers,
    request: (scene) => [`${jobPath(scene.ref)}/diff?with=${encodeURIComponent(scene.ref)}`],
  },
  'GET /v1/projects/:project/jobs/:number/comments': { may: readers, request: onJob('/comments') },
  'POST /v1/projects/:project/jobs/:number/comments': {
    may: [...writers, 'attempt'],
    request: onJob('/comments', { text: 'seen' }),
  },
  'PATCH /v1/projects/:project/jobs/:number/comments/:id': {
    may: writers,
    request: async (scene) => [await ownComment(scene), { text: 'seen again' }],
  },
  'DELETE /v1/projects/:project/jobs/:number/comments/:id': {
    may: writers,
    request: async (scene) => [await ownComment(scene)],
  },
  'GET /v1/projects/:project/templates': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/templates`],
  },
  'GET /v1/projects/:project/templates/:name': {
    may: readers,
    request: async (scene) => [await ownTemplate(scene)],
  },
  'PUT /v1/projects/:project/templates/:name': {
    may: writers,
    request: ({ project }) => [`/v1/projects/${project}/templates/refine`, { job: { task: 'refine' } }],
  },
  'DELETE /v1/projects/:project/templates/:name': {
    may: writers,
    request: async (scene) => [await ownTemplate(scene)],
  },
  'GET /v1/projects/:project/jobs/:number/why': { may: readers, request: onJob('/why') },
  'GET /v1/projects/:project/jobs/:number/log': { may: readers, request: onJob('/log') },
  'GET /v1/projects/:project/jobs/:number/files': { may: readers, request: onJob('/files') },
  'GET /v1/projects/:project/jobs/:number/attempts': { may: readers, request: onJob('/attempts') },

  'GET /v1/tasks': { may: tokens, request: () => ['/v1/tasks'] },
  'GET /v1/tasks/:task': {
    may: tokens,
    request: async (scene) => [await ownTask(scene)],
  },
  'POST /v1/tasks/:task/run': {
    may: [...writers, 'attempt'],
    request: async (scene) => [`${await ownTask(scene)}/run`, { project: scene.project }],
  },
  'POST /v1/tasks/:task/status': {
    may: tokens,
    request: async (scene) => {
      const task = await ownTask(scene);
      // Of a run in a project that they may not read, all are told that there was none.
      const project = scene.principal.endsWith('-other') ? 'other' : scene.project;
      await scene.lab.ok('POST', `${task}/run`, { token: scene.strong, body: { project } });
      return [`${task}/status`, {}];
    },
  },

  'POST /v1/workers': { may: workers, request: () => ['/v1/workers', { name: 'w' }] },
  'GET /v1/workers': { may: people, request: () => ['/v1/workers'] },
  'GET /v1/verification': { may: admins, request: () => ['/v1/verification?part=jobs'] },
  'GET /v1/servers': { may: people, request: () => ['/v1/servers'] },
  'POST /v1/claims': {
    may: workers,
    request: async (scene) => ['/v1/claims', { worker: await ownWorker(scene), capacity: 0, held: [] }],
  },
  'POST /v1/attempts/confirm': {
    may: workers,
    request: async (scene) => ['/v1/attempts/confirm', { worker: await ownWorker(scene), attempts: [] }],
  },
  'POST /v1/attempts/renew': {
    may: workers,
    request: async (scene) => ['/v1/attempts/renew', { worker: await ownWorker(scene) }],
  },
  'POST /v1/attempts/output': {
    may: workers,
    request: async ({ lab, project, principal }) => {
      const { attempt, epoch } = await lab.running(project, principal);
      return [
        '/v1/attempts/output',
        { attempt, epoch, chunks: [{ stream: 'stdout', seq: 0, data: 'aGk=' }] },
      ];
    },
  },
  'POST /v1/attempts/finish': {
    may: workers,
    request: async ({ lab, project, principal }) => {
      const { attempt, epoch } = await lab.running(project, principal);
      return ['/v1/attempts/finish', { attempts: [{ attempt, epoch, outcome: 'succeeded', exitCode: 0 }] }];
    },
  },

  'GET /v1/directories': { may: tokens, request: () => ['/v1/directories'] },
  'GET /v1/directories/:alias': { may: tokens, request: async (scene) => [await directoryOf(scene, '/v1')] },
  'PUT /v1/directories/:alias': { may: admins, request: () => ['/v1/directories/raw', { path: '/raw' }] },
  'DELETE /v1/directories/:alias': {
    may: admins,
    request: async (scene) => [await directoryOf(scene, '/v1')],
  },
  'GET /v1/projects/:project/directories': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/directories`],
  },
  'GET /v1/projects/:project/directories/:alias': {
    may: readers,
    request: async (scene) => [await directoryOf(scene, `/v1/projects/${scene.project}`)],
  },
  'PUT /v1/projects/:project/directories/:alias': {
    may: managers,
    request: ({ project }) => [`/v1/projects/${project}/directories/raw`, { path: '/raw' }],
  },
  'DELETE /v1/projects/:project/directories/:alias': {
    may: managers,
    request: async (scene) => [await directoryOf(scene, `/v1/projects/${scene.project}`)],
  },

  'GET /v1/files': { may: tokens, request: () => ['/v1/files?path=/data/x'] },
  'GET /v1/whence': { may: tokens, request: () => ['/v1/whence?path=/data/x'] },
  'GET /v1/graph': { may: readers, request: ({ ref }) => [`/v1/graph?of=${encodeURIComponent(ref)}`] },
  'GET /v1/projects/:project/jobs/:number/ancestors': { may: readers, request: onJob('/ancestors') },
  'GET /v1/projects/:project/jobs/:number/descendants': { may: readers, request: onJob('/descendants') },

  'GET /v1/projects/:project/jobs/:number/methods': { may: readers, request: onJob('/methods') },
  'GET /v1/projects/:project/stale': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/stale`],
  },

  'GET /v1/projects/:project/stale/databases': {
    may: readers,
    request: ({ project }) => [`/v1/projects/${project}/stale/databases`],
  },

  'POST /v1/runs': {
    may: [...writers, 'attempt'],
    request: ({ project }) => ['/v1/runs', { ...told, key: randomUUID(), project }],
  },
  'POST /v1/runs/renew': {
    may: writers,
    request: async (scene) => ['/v1/runs/renew', await recordedRun(scene)],
  },
  'POST /v1/runs/finish': {
    may: writers,
    request: async (scene) => {
      const end = { outcome: 'succeeded', finishedAt: told.startedAt };
      return ['/v1/runs/finish', { ...(await recordedRun(scene)), ...end }];
    },
  },

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

  'GET /v1/events': { may: tokens, request: () => ['/v1/events'] },
  'POST /v1/tokens': { may: admins, request: () => ['/v1/tokens', { name: 'ben', role: 'viewer' }] },
  'GET /v1/tokens': { may: admins, request: () => ['/v1/tokens'] },
  'DELETE /v1/tokens/:id': {
    may: admins,
    request: async ({ lab }) => {
      const { id } = await lab.ok('POST', '/v1/tokens', { body: { name: 'ben', role: 'viewer' } });
      return [`/v1/tokens/${id}`];
    },
  },
};

test('every route that the server has is in the table, and the table names no other', async (t) => {
  const lab = await ServerLab.open(t);
  const routes = lab.http.knownRoutes.all.flatMap(({ methods, url }) =>
    methods.map((method) => `${method} ${url}`),
  );
  const pages = [
    'GET /',
    'GET /style.css',
    'GET /icon.svg',
    'GET /databases',
    'GET /projects/:project',
    'GET /projects/:project/jobs/:number',
  ];
  assert.deepEqual([...routes].sort(), [...Object.keys(rows), ...pages].sort());
});

test('what answers without a token is named here', async (t) => {
  const lab = await ServerLab.open(t);
  const open = lab.http.knownRoutes.all.filter((route) => route.open).map(({ url }) => url);
  assert.deepEqual(open.sort(), [
    '/',
    '/databases',
    '/icon.svg',
    '/projects/:project',
    '/projects/:project/jobs/:number',
    '/style.css',
    '/v1/health',
    '/v1/openapi.json',
  ]);
});

for (const [route, row] of Object.entries(rows)) {
  test(`who may ${route}`, async (t) => {
    const lab = await ServerLab.open(t);
    await lab.project('other');
    for (const column of columns) {
      const [scene, token] = await setScene(lab, column);
      const [url, body] = await row.request(scene);
      const before = await lastEvent(lab);
      const call: Call = body === undefined ? { token } : { token, body };
      const answer = await lab.call(route.split(' ')[0] ?? '', url, call);
      const cell = `${column}: ${answer.status} ${answer.text.slice(0, 300)}`;
      if (row.may.includes(column)) assert.ok(answer.status < 300, cell);
      else {
        assert.equal(answer.status, column === 'none' ? 401 : 403, cell);
        assert.equal(await lastEvent(lab), before, `${column} was refused, and yet something happened`);
      }
    }
  });
}

async function setScene(lab: ServerLab, column: Column): Promise<readonly [Scene, string | null]> {
  const name = column.replace('@', '-');
  const principal = `p-${name}`;
  const project = await lab.project(`q-${name}`);
  const strong = await lab.token('admin', principal);
  if (column === 'attempt') {
    const running = await lab.running(project, principal);
    return [{ lab, project, principal, strong, ref: running.ref }, running.token];
  }
  const { ref } = await lab.ok('POST', `/v1/projects/${project}/jobs`, {
    token: strong,
    body: { command: ['true'] },
  });
  return [{ lab, project, principal, strong, ref }, await tokenOf(lab, column, principal, project)];
}

async function tokenOf(
  lab: ServerLab,
  column: Exclude<Column, 'attempt'>,
  principal: string,
  project: string,
): Promise<string | null> {
  switch (column) {
    case 'none':
      return null;
    case 'viewer':
    case 'contributor':
    case 'manager':
    case 'worker':
    case 'admin':
      return lab.token(column, principal);
    case 'viewer@own':
    case 'viewer@other':
      return lab.token('viewer', principal, column === 'viewer@own' ? project : 'other');
    case 'contributor@own':
    case 'contributor@other':
      return lab.token('contributor', principal, column === 'contributor@own' ? project : 'other');
    case 'manager@own':
    case 'manager@other':
      return lab.token('manager', principal, column === 'manager@own' ? project : 'other');
    case 'admin@own':
    case 'admin@other':
      return lab.token('admin', principal, column === 'admin@own' ? project : 'other');
  }
}

async function lastEvent(lab: ServerLab): Promise<string> {
  return (await lab.ok('GET', '/v1/events?limit=1')).asOf;
}
