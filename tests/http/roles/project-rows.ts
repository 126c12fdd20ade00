/** Who may do what with projects, their jobs, runs and files. */
import { randomUUID } from 'node:crypto';
import { jobPath } from '../server-lab.ts';
import {
  admins,
  managers,
  onJob,
  ownWorker,
  type Row,
  readers,
  type Scene,
  tokens,
  writers,
} from './scene.ts';

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

async function directoryOf({ lab }: Scene, of: string): Promise<string> {
  const address = `${of}/directories/raw`;
  await lab.ok('PUT', address, { body: { path: '/raw' } });
  return address;
}

export const projectRows: Readonly<Record<string, Row>> = {
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
};
