/** Who may do what with the server, its workers and its tasks. */
import { randomUUID } from 'node:crypto';
import {
  admins,
  everybody,
  ownWorker,
  people,
  type Row,
  type Scene,
  tokens,
  workers,
  writers,
} from './scene.ts';

async function ownTask({ lab, strong }: Scene): Promise<string> {
  const name = `task-${randomUUID()}`;
  await lab.ok('POST', '/v1/workers', { token: strong, body: { name: 'w', declares: [{ name }] } });
  return `/v1/tasks/${name}`;
}

export const serverRows: Readonly<Record<string, Row>> = {
  'GET /v1/health': { may: everybody, request: () => ['/v1/health'] },
  'GET /v1/openapi.json': { may: everybody, request: () => ['/v1/openapi.json'] },
  'GET /metrics': { may: people, request: () => ['/metrics'] },
  'GET /v1/me': { may: tokens, request: () => ['/v1/me'] },
  'POST /v1/login-codes': { may: admins, request: () => ['/v1/login-codes'] },
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
