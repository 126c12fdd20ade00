import assert from 'node:assert/strict';
import type { Actor, Idempotency } from '../../src/ports/storage.ts';
import type { Harness } from './harness.ts';
import { casesFor, faultOf, type Lab, placeOf, project } from './lab.ts';

const day = 86_400_000;

type Verb = (lab: Lab, by: Actor) => Promise<unknown>;

/** Each verb that takes an idempotency key, in a lab with a ready job 1, a draft 2 and a project `old`. */
const verbs: Readonly<Record<string, Verb>> = {
  createProject: ({ storage }, by) =>
    storage.createProject({ by, name: 'new', title: 'T', directory: null, metadata: [1] }),
  updateProject: ({ storage }, by) => storage.updateProject({ by, name: project, revision: 1, title: 'T' }),
  deleteProject: ({ storage }, by) => storage.deleteProject({ by, name: 'old' }),
  insertJobs: (lab, by) =>
    lab.submitAll([{}, { hold: true }], by.idempotency && { idempotency: by.idempotency }),
  editJob: ({ storage }, by) =>
    storage.editJob({ by, place: placeOf('1'), revision: 1, changes: { title: 'T' } }),
  moveJobs: ({ storage }, by) => storage.moveJobs({ by, places: [placeOf('2')], act: 'submit' }),
  revokeToken: ({ storage }, by) => storage.revokeToken({ by, id: 'token-1' }),
};

export function idempotency(harness: Harness): void {
  const when = casesFor(harness);

  for (const [name, verb] of Object.entries(verbs)) {
    when(`${name} under a key is done once, and its first answer is given again`, async (lab) => {
      await prepare(lab);
      const first = keyed();
      const answer = await verb(lab, first);
      assert.notEqual(first.idempotency.replayed, true);
      lab.clock.advance(5000);
      const second = keyed();
      assert.deepEqual(await lab.changesNothing(() => verb(lab, second)), answer);
      assert.equal(second.idempotency.replayed, true);
    });

    when(`${name} under a key that was used with another body is refused`, async (lab) => {
      await prepare(lab);
      await verb(lab, keyed());
      await lab.refuses('idempotency_conflict', () => verb(lab, keyed({ digest: 'another' })));
    });
  }

  when('the first answer is given again though things have changed since', async (lab) => {
    const [first] = await lab.submitAll([{}], keyed());
    await lab.act('hold', '1');
    const [again] = await lab.changesNothing(() => lab.submitAll([{}], keyed()));
    assert.deepEqual(again, first);
    assert.equal(again?.state, 'ready');
  });

  when('a key counts for its principal and its route', async (lab) => {
    await lab.submitAll([{}], keyed());
    await lab.submitAll([{}], keyed({ key: 'other' }));
    await lab.submitAll([{}], keyed({ route: 'POST /v1/other' }));
    await lab.submitAll([{}], { ...keyed(), owner: 'bob' });
    assert.equal((await lab.list()).length, 4);
  });

  when('a key of a refused act may be used again', async (lab) => {
    await lab.refuses('dependency_unknown', () => lab.submitAll([{ after: [{ job: '9' }] }], keyed()));
    const [job] = await lab.submitAll([{}], keyed({ digest: 'another' }));
    assert.equal(job?.number, '1');
  });

  when('a key is kept for a day', async (lab) => {
    await lab.submitAll([{}], keyed());
    await lab.storage.sweep();
    lab.clock.advance(day - 1000);
    await lab.storage.sweep();
    await lab.changesNothing(() => lab.submitAll([{}], keyed()));
    lab.clock.advance(2000);
    await lab.storage.sweep();
    const [job] = await lab.submitAll([{}], keyed());
    assert.equal(job?.number, '2');
  });

  when('a token is shown once: a repeated creation is told so', async (lab) => {
    const token = {
      id: 'k1',
      secretHash: '0'.repeat(64),
      principal: 'bob',
      role: 'viewer',
      project: null,
      use: 'token',
      expiresInMs: null,
    } as const;
    const create = (by: Actor, id: string) => lab.storage.createToken({ by, token: { ...token, id } });
    await create(keyed(), 'k1');
    await lab.refuses('token_shown_once', () => create(keyed(), 'k2'));
    await lab.refuses('idempotency_conflict', () => create(keyed({ digest: 'another' }), 'k2'));
  });

  when('of acts under one key at the same time one is done', async (lab) => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => lab.submitAll([{}], keyed())));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal((await lab.list()).length, 1);
  });

  when('without a key, every act is one of its own', async (lab) => {
    await lab.submit();
    await lab.submit();
    assert.equal((await lab.list()).length, 2);
    assert.equal((await faultOf(() => lab.createProject(project))).code, 'project_exists');
  });
}

async function prepare(lab: Lab): Promise<void> {
  await lab.createProject('old');
  await lab.submitAll([{}, { submit: false }]);
}

function keyed(changed: Partial<Idempotency> = {}): Actor & { readonly idempotency: Idempotency } {
  const plain = { route: 'POST /v1/some', key: 'k 1', digest: 'd1' };
  return { principal: 'ada', idempotency: { ...plain, ...changed } };
}
