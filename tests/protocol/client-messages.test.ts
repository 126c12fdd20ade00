/**
 * Every message of people and of recorders, harmed in every way, one at a time: what was asked for is done once, and whoever
 * asked is told so.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '@labkeep/client';
import type { StorageKind } from '../http/server-lab.ts';
import { type Harm, harms, harmText } from './fates.ts';
import { project } from './gather-facts.ts';
import { Scene } from './scene.ts';

const storages: readonly StorageKind[] = ['memory', 'sqlite'];
const isLong = process.env.LABKEEP_TEST_PROTOCOL === 'long';
const durations = { leaseMs: 6_000, offerMs: 3_000 };

interface Act {
  /** The message that is harmed. */
  readonly message: string;
  /** What is there before; its job, if it has one. */
  readonly given?: (scene: Scene) => Promise<Job>;
  readonly act: (scene: Scene, job: Job, harmed: Promise<void>) => Promise<unknown>;
  /** How often it was done, by what is there afterwards. */
  readonly done: (scene: Scene, before: Job) => Promise<number>;
}

const plain = { command: ['true'] };
const draft = async ({ client }: Scene): Promise<Job> =>
  client.jobs.submit(project, { ...plain, submit: false, title: crypto.randomUUID() });

const ready = async ({ client }: Scene): Promise<Job> => client.jobs.submit(project, plain);

async function trashed(scene: Scene): Promise<Job> {
  const job = await draft(scene);
  await scene.client.jobs.remove(job.ref);
  return job;
}

async function commented(scene: Scene): Promise<Job> {
  const job = await draft(scene);
  await scene.client.comments.add(job.ref, 'seen');
  return job;
}

/** Its worker says that it holds nothing, so somebody has to say what became of it. */
async function lost(scene: Scene): Promise<Job> {
  const task = `t-${crypto.randomUUID()}`;
  const { ref } = await scene.client.jobs.submit(project, { task, onLost: 'ask' });
  const { worker } = await scene.client.workers.register({ name: task, tasks: [task], capacity: 1 });
  const [offer] = (await scene.client.claims({ worker, capacity: 1, held: [], waitMs: 0 })).offers;
  assert.equal(offer?.job, ref);
  const { attempt, epoch } = offer;
  await scene.client.attempts.confirm({ worker, attempts: [{ attempt, epoch }] });
  await scene.client.claims({ worker, capacity: 0, held: [], waitMs: 0 });
  return scene.inState(ref, 'lost');
}

/** Revisions that were given since. */
const revisions = async (scene: Scene, { ref, revision }: Job): Promise<number> =>
  (await scene.job(ref)).revision - revision;

const jobsTitled = async (scene: Scene, title: string, more = ''): Promise<number> => {
  const { items } = await scene.server.ok('GET', `/v1/projects/${project}/jobs?limit=1000${more}`);
  return items.filter((job: Job) => job.title === title).length;
};

const acts: Readonly<Record<string, Act>> = {
  'submit a job': {
    message: 'POST /project/jobs',
    act: ({ client }, { title }) => client.jobs.submit(project, { ...plain, submit: false, title }),
    done: (scene, { title }) => jobsTitled(scene, title ?? ''),
  },
  'submit a draft': {
    message: 'POST /job/submit',
    given: draft,
    act: ({ client }, { ref }) => client.jobs.act(ref, 'submit'),
    done: revisions,
  },
  'cancel a job': {
    message: 'POST /job/cancel',
    given: draft,
    act: ({ client }, { ref }) => client.jobs.act(ref, 'cancel'),
    done: revisions,
  },
  'retry a job': {
    message: 'POST /job/retry',
    given: async (scene) => {
      const { ref } = await draft(scene);
      return scene.client.jobs.act(ref, 'cancel');
    },
    act: ({ client }, { ref }) => client.jobs.act(ref, 'retry'),
    done: revisions,
  },
  'hold a job': {
    message: 'POST /job/hold',
    given: ready,
    act: ({ client }, { ref }) => client.jobs.act(ref, 'hold'),
    done: revisions,
  },
  'release a job': {
    message: 'POST /job/release',
    given: async (scene) => {
      const { ref } = await ready(scene);
      return scene.client.jobs.act(ref, 'hold');
    },
    act: ({ client }, { ref }) => client.jobs.act(ref, 'release'),
    done: revisions,
  },
  'say what became of a lost job': {
    message: 'POST /job/resolve',
    given: lost,
    act: ({ client }, { ref }) => client.jobs.resolve(ref, 'failed'),
    done: revisions,
  },
  'move a job to the trash': {
    message: 'DELETE /job',
    given: draft,
    act: ({ client }, { ref }) => client.jobs.remove(ref),
    done: (scene, { title }) => jobsTitled(scene, title ?? '', '&trash=true'),
  },
  'take a job back from the trash': {
    message: 'POST /job/restore',
    given: trashed,
    act: ({ client }, { ref }) => client.jobs.act(ref, 'restore'),
    done: (scene, { title }) => jobsTitled(scene, title ?? ''),
  },
  'purge a job': {
    message: 'POST /job/purge',
    given: trashed,
    act: ({ client }, { ref }) => client.jobs.purge(ref),
    done: async (scene, { title }) => 1 - (await jobsTitled(scene, title ?? '', '&trash=true')),
  },
  'rerun a job': {
    message: 'POST /job/rerun',
    given: draft,
    act: ({ client }, { ref, title }) => client.jobs.rerun(ref, { submit: false, title: `again ${title}` }),
    done: (scene, { title }) => jobsTitled(scene, `again ${title}`),
  },
  'edit a job': {
    message: 'PATCH /job',
    given: draft,
    act: ({ client }, { ref, revision }) => client.jobs.edit(ref, { title: 'new', revision }),
    done: revisions,
  },
  'comment on a job': {
    message: 'POST /job/comments',
    given: draft,
    act: ({ client }, { ref }) => client.comments.add(ref, 'seen'),
    done: async (scene, { ref }) => (await scene.job(ref)).comments,
  },
  'change a comment': {
    message: 'PATCH /comment',
    given: commented,
    act: async ({ client }, { ref }) => {
      const [comment] = (await client.comments.list(ref)).items;
      return client.comments.edit(ref, comment?.id ?? 0, 'changed');
    },
    done: async (scene, { ref }) => {
      const { items } = await scene.client.comments.list(ref);
      return items.filter(({ text }) => text === 'changed').length;
    },
  },
  'remove a comment': {
    message: 'DELETE /comment',
    given: commented,
    act: async ({ client }, { ref }) => {
      const [comment] = (await client.comments.list(ref)).items;
      return client.comments.remove(ref, comment?.id ?? 0);
    },
    done: async (scene, { ref }) => 1 - (await scene.job(ref)).comments,
  },
  'act on a selection': {
    message: 'POST /project/bulk',
    given: ({ client }) =>
      client.jobs.submit(project, { ...plain, submit: false, task: `t-${crypto.randomUUID()}` }),
    act: ({ client }, { task }) => client.jobs.bulk(project, { where: `task:${task}`, act: 'submit' }),
    done: revisions,
  },
  'record a run': {
    message: 'POST /v1/runs',
    act: (scene, { title }) => record(scene, title, async () => undefined),
    done: (scene, { title }) => recorded(scene, title),
  },
  'keep a run alive': {
    message: 'POST /v1/runs/renew',
    act: (scene, { title }, harmed) => record(scene, title, () => harmed),
    done: (scene, { title }) => recorded(scene, title),
  },
  'end a run': {
    message: 'POST /v1/runs/finish',
    act: (scene, { title }) => record(scene, title, async () => undefined),
    done: (scene, { title }) => recorded(scene, title),
  },
};

/** A run, recorded by the client; the function says when it is over. */
async function record({ client }: Scene, title: string | null, work: () => Promise<void>): Promise<void> {
  const start = { folder: '/data', project, command: ['sort'], host: 'node07', account: 'ada', title };
  await client.runs.during({ ...start, leaseMs: 1_000 }, work);
}

/** Runs of this title that succeeded in their one attempt; what did otherwise counts too. */
async function recorded(scene: Scene, title: string | null): Promise<number> {
  const { items } = await scene.server.ok('GET', `/v1/projects/${project}/jobs?limit=1000`);
  const runs = items.filter((job: Job) => job.title === title);
  for (const { state, attempts } of runs) assert.deepEqual([state, attempts], ['succeeded', 1]);
  return runs.length;
}

const cases = Object.entries(acts).flatMap(([name, act]) =>
  harms.map((harm) => ({ act, harm, title: `${name}: ${harmText(harm)}` })),
);

for (const storage of storages)
  test(`${storage}: whatever becomes of one message, what was asked for is done once`, async (t) => {
    // In the short form every fifth, which are others on each storage; so each harm is tried, and each message.
    const mine = cases.filter((_, index) => isLong || index % 5 === storages.indexOf(storage));
    const lanes = 4;
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const scene = await Scene.open(t, { storage, durations });
        for (const [index, it] of mine.entries()) if (index % lanes === lane) await tryOne(scene, it);
      }),
    );
  });

async function tryOne(
  scene: Scene,
  { act, harm, title }: { readonly act: Act; readonly harm: Harm; readonly title: string },
): Promise<void> {
  const before = { ...(await (act.given ?? draft)(scene)), ...(act.given === undefined ? { title } : {}) };
  const harmed = scene.arm(act.message, harm);
  await act.act(scene, before, harmed);
  await harmed;
  assert.equal(await act.done(scene, before), 1, title);
  // What the network kept and delivers when all is over changes nothing either.
  const late = scene.proxy.last(act.message);
  assert.ok(late);
  await scene.proxy.again(late);
  assert.equal(await act.done(scene, before), 1, `${title}; once more when all was over`);
}
