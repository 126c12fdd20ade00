/** What those do who manage projects, the catalogue, releases, tasks and tokens: each by the message that does it. */
import assert from 'node:assert/strict';
import type { EventType, Job, Release } from '@labkeep/client';
import { LabkeepError } from '@labkeep/client';
import type { Body } from '../http/server-lab.ts';
import { project } from './gather-facts.ts';
import type { Scene } from './scene.ts';

/** Nothing is lost by time here. */
export const leaseMs = 600_000;

/** What a case has for itself: a name of its own, and what goes with it. */
interface Given {
  readonly name: string;
  /** Of the lock under which releases are made. */
  readonly epoch: number;
  /** Of a token. */
  readonly id: string;
}

export interface Act {
  /** The message that is harmed. */
  readonly message: string;
  /** What is there before. */
  readonly given?: (scene: Scene, name: string) => Promise<Partial<Given>>;
  readonly act: (scene: Scene, given: Given) => Promise<unknown>;
  /** What is on record of it. */
  readonly there: (scene: Scene, given: Given) => Promise<unknown>;
  /** The same, when it was done once. */
  readonly once: unknown;
  /** What was told of it. */
  readonly told: readonly EventType[];
  /** With what a repetition is refused, where the answer cannot be given twice. */
  readonly refused?: 'token_shown_once';
}

export const items = async ({ server }: Scene, path: string): Promise<readonly Body[]> =>
  (await server.ok('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1000`)).items;

async function makeProject({ server }: Scene, name: string): Promise<Partial<Given>> {
  await server.ok('POST', '/v1/projects', { body: { name } });
  return {};
}

async function makeDatabase({ server }: Scene, name: string): Promise<Partial<Given>> {
  await server.ok('POST', '/v1/databases', { body: { name, kind: 'files' } });
  return {};
}

async function makeTemplate(scene: Scene, name: string): Promise<Partial<Given>> {
  await makeProject(scene, name);
  await scene.server.ok('PUT', `/v1/projects/${name}/templates/t`, { body: { job: { command: ['true'] } } });
  return {};
}

async function makeDirectory({ server }: Scene, name: string): Promise<Partial<Given>> {
  await server.ok('PUT', `/v1/directories/${name}`, { body: { path: `/${name}` } });
  return {};
}

async function makeToken({ server }: Scene, name: string): Promise<Partial<Given>> {
  const { id } = await server.ok('POST', '/v1/tokens', { body: { name, role: 'viewer' } });
  return { id };
}

export async function declareTask({ server }: Scene, name: string): Promise<Partial<Given>> {
  const declares = [{ name, command: ['true'], parameters: { type: 'object' } }];
  await server.ok('POST', '/v1/workers', { body: { name, tasks: [name], capacity: 1, declares } });
  return {};
}

export const begun = (release: string, epoch: number) => ({ release, path: `/data/${release}`, epoch });
export const built = (epoch: number) => ({ epoch, files: 2, bytes: 30, sha256: 'a'.repeat(64), keep: 1 });

/** A database with releases that are published, under the lock of builders; the last of them only begun if so called. */
function releasesOf(...releases: readonly string[]) {
  return async (scene: Scene, name: string): Promise<Partial<Given>> => {
    const { server } = scene;
    await makeDatabase(scene, name);
    const lock = { locks: [`${name}/build:exclusive`], leaseMs };
    const { epoch } = await server.ok('POST', '/v1/locks', { body: lock });
    for (const release of releases) {
      await server.ok('POST', `/v1/databases/${name}/releases`, { body: begun(release, epoch) });
      if (release !== 'begun')
        await server.ok('POST', `/v1/databases/${name}/releases/${release}/publish`, { body: built(epoch) });
    }
    return { epoch };
  };
}

async function goingRelease(scene: Scene, name: string): Promise<Partial<Given>> {
  const given = await releasesOf('a', 'b')(scene, name);
  await scene.server.ok('POST', `/v1/databases/${name}/tidy`);
  return given;
}

const projectsOf = async (scene: Scene, { name }: Given): Promise<unknown> =>
  (await items(scene, '/v1/projects')).filter((it) => it.name === name).map((it) => [it.title, it.revision]);
const templatesOf = async (scene: Scene, { name }: Given): Promise<unknown> =>
  (await items(scene, `/v1/projects/${name}/templates`)).map((it) => [it.name, it.job.command]);
const directoriesOf =
  (base: (name: string) => string) =>
  async (scene: Scene, { name }: Given): Promise<unknown> =>
    (await items(scene, base(name)))
      .filter((it) => it.alias === name)
      .map((it) => it.path.replace(name, 'NAME'));
const databasesOf = async (scene: Scene, { name }: Given): Promise<unknown> =>
  (await items(scene, '/v1/databases?all=true'))
    .filter((it) => it.name === name)
    .map((it) => [it.state, it.description, it.revision]);
/** The release that is read; then all, newest first. */
export const releasesThere = async (scene: Scene, { name }: Given): Promise<unknown> => {
  const { release } = await scene.server.ok('GET', `/v1/databases/${name}`);
  const all: readonly Release[] = await items(scene, `/v1/databases/${name}/releases`);
  return [
    release,
    ...all.map((it) => `${it.release} ${it.state}${it.pinned ? ', pinned' : ''}, ${it.files}`),
  ];
};
const jobsOf = async (scene: Scene, { name }: Given): Promise<unknown> =>
  (await items(scene, `/v1/projects/${project}/jobs`)).flatMap(({ task, state }: Job) =>
    task === name ? [state] : [],
  );
const tokensOf = async (scene: Scene, { name }: Given): Promise<unknown> =>
  (await items(scene, '/v1/tokens')).flatMap((it) =>
    it.name === name ? [it.revokedAt === null ? 'valid' : 'revoked'] : [],
  );

const serverDirectories = directoriesOf(() => '/v1/directories');
const projectDirectories = directoriesOf((name) => `/v1/projects/${name}/directories`);

export const acts: Readonly<Record<string, Act>> = {
  'create a project': {
    message: 'POST /v1/projects',
    act: ({ client }, { name }) => client.projects.create({ name, title: 'new' }),
    there: projectsOf,
    once: [['new', 1]],
    told: ['project.created'],
  },
  'change a project': {
    message: 'PATCH /project',
    given: makeProject,
    act: ({ client }, { name }) => client.projects.update(name, { title: 'changed', revision: 1 }),
    there: projectsOf,
    once: [['changed', 2]],
    told: ['project.changed'],
  },
  'remove a project': {
    message: 'DELETE /project',
    given: makeProject,
    act: ({ client }, { name }) => client.projects.remove(name),
    there: projectsOf,
    once: [],
    told: ['project.deleted'],
  },
  'save a template': {
    message: 'PUT /template',
    given: makeTemplate,
    act: ({ client }, { name }) => client.templates.save(name, 't', { command: ['false'] }),
    there: templatesOf,
    once: [['t', ['false']]],
    told: ['project.changed'],
  },
  'remove a template': {
    message: 'DELETE /template',
    given: makeTemplate,
    act: ({ client }, { name }) => client.templates.remove(name, 't'),
    there: templatesOf,
    once: [],
    told: ['project.changed'],
  },
  'name a directory of a project': {
    message: 'PUT /project/directory',
    given: makeProject,
    act: ({ client }, { name }) => client.directories.save(name, name, `/${name}`),
    there: projectDirectories,
    once: ['/NAME'],
    told: ['directories.changed'],
  },
  'forget a directory of a project': {
    message: 'DELETE /project/directory',
    given: async (scene, name) => {
      await makeProject(scene, name);
      await scene.server.ok('PUT', `/v1/projects/${name}/directories/${name}`, { body: { path: '/here' } });
      return {};
    },
    act: ({ client }, { name }) => client.directories.remove(name, name),
    there: projectDirectories,
    once: [],
    told: ['directories.changed'],
  },
  'move a directory of the server': {
    message: 'PUT /directory',
    given: makeDirectory,
    act: ({ client }, { name }) => client.directories.save(null, name, `/${name}/moved`),
    there: serverDirectories,
    once: ['/NAME/moved'],
    told: ['directories.changed'],
  },
  'forget a directory of the server': {
    message: 'DELETE /directory',
    given: makeDirectory,
    act: ({ client }, { name }) => client.directories.remove(null, name),
    there: serverDirectories,
    once: [],
    told: ['directories.changed'],
  },
  'run a task': {
    message: 'POST /task/run',
    given: declareTask,
    act: ({ client }, { name }) => client.tasks.run(name, { project }),
    there: jobsOf,
    once: ['ready'],
    told: ['jobs.created'],
  },
  'add a database': {
    message: 'POST /v1/databases',
    act: ({ client }, { name }) => client.databases.add({ name, kind: 'files', description: 'new' }),
    there: databasesOf,
    once: [['on', 'new', 1]],
    told: ['database.added'],
  },
  'change a database': {
    message: 'PATCH /database',
    given: makeDatabase,
    act: ({ client }, { name }) => client.databases.update(name, { description: 'changed', revision: 1 }),
    there: databasesOf,
    once: [['on', 'changed', 2]],
    told: ['database.changed'],
  },
  'turn a database off': {
    message: 'POST /database/off',
    given: makeDatabase,
    act: ({ client }, { name }) => client.databases.turnOff(name),
    there: databasesOf,
    once: [['off', '', 2]],
    told: ['database.changed'],
  },
  'turn a database on': {
    message: 'POST /database/on',
    given: async (scene, name) => {
      await scene.server.ok('POST', '/v1/databases', { body: { name, kind: 'files', state: 'off' } });
      return {};
    },
    act: ({ client }, { name }) => client.databases.turnOn(name),
    there: databasesOf,
    once: [['on', '', 2]],
    told: ['database.changed'],
  },
  'remove a database': {
    message: 'DELETE /database',
    given: makeDatabase,
    act: ({ client }, { name }) => client.databases.remove(name),
    there: databasesOf,
    once: [],
    told: ['database.removed'],
  },
  'begin a release': {
    message: 'POST /database/releases',
    given: releasesOf('a'),
    act: ({ client }, { name, epoch }) => client.releases.begin(name, begun('b', epoch)),
    there: releasesThere,
    once: ['a', 'b building, 0', 'a current, 2'],
    told: [],
  },
  'publish a release': {
    message: 'POST /release/publish',
    given: releasesOf('a', 'begun'),
    act: ({ client }, { name, epoch }) => client.releases.publish(name, 'begun', built(epoch)),
    there: releasesThere,
    once: ['begun', 'begun current, 2', 'a kept, 2'],
    told: ['database.published'],
  },
  'drop a release': {
    message: 'POST /release/drop',
    given: releasesOf('a', 'begun'),
    act: ({ client }, { name, epoch }) => client.releases.drop(name, 'begun', epoch),
    there: releasesThere,
    once: ['a', 'a current, 2'],
    told: [],
  },
  'read another release': {
    message: 'PATCH /database',
    given: releasesOf('a', 'b'),
    act: ({ client }, { name }) => client.databases.update(name, { release: 'a' }),
    there: releasesThere,
    once: ['a', 'b kept, 2', 'a current, 2'],
    told: ['database.changed'],
  },
  'pin a release': {
    message: 'POST /release/pin',
    given: releasesOf('a', 'b'),
    act: ({ client }, { name }) => client.releases.pin(name, 'a'),
    there: releasesThere,
    once: ['b', 'b current, 2', 'a kept, pinned, 2'],
    told: ['database.changed'],
  },
  'let a release go again': {
    message: 'POST /release/unpin',
    given: async (scene, name) => {
      const given = await releasesOf('a', 'b')(scene, name);
      await scene.server.ok('POST', `/v1/databases/${name}/releases/a/pin`);
      return given;
    },
    act: ({ client }, { name }) => client.releases.unpin(name, 'a'),
    there: releasesThere,
    once: ['b', 'b current, 2', 'a kept, 2'],
    told: ['database.changed'],
  },
  'withdraw releases that need not be kept': {
    message: 'POST /database/tidy',
    given: releasesOf('a', 'b'),
    act: async ({ client }, { name }) => {
      const answer = await client.releases.markGoing(name);
      assert.deepEqual(
        answer.items.map(({ release }) => release),
        ['a'],
      );
      return answer;
    },
    there: releasesThere,
    once: ['b', 'b current, 2', 'a going, 2'],
    told: [],
  },
  'say that a release is gone': {
    message: 'POST /release/gone',
    given: goingRelease,
    act: ({ client }, { name }) => client.releases.markGone(name, 'a'),
    there: releasesThere,
    once: ['b', 'b current, 2', 'a gone, 2'],
    told: [],
  },
  'create a token': {
    message: 'POST /v1/tokens',
    act: async ({ client, server }, { name }) => {
      try {
        const { token } = await client.tokens.create({ name, role: 'viewer' });
        assert.equal((await server.ok('GET', '/v1/me', { token })).principal, name);
      } catch (error) {
        // The answer that had it did not come, so whoever asked is told to make another.
        if (!(error instanceof LabkeepError) || error.code !== 'token_shown_once') throw error;
      }
    },
    there: tokensOf,
    once: ['valid'],
    told: ['token.created'],
    refused: 'token_shown_once',
  },
  'revoke a token': {
    message: 'DELETE /token',
    given: makeToken,
    act: ({ client }, { id }) => client.tokens.revoke(id),
    there: tokensOf,
    once: ['revoked'],
    told: ['token.revoked'],
  },
};
