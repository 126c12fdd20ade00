import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, placeOf, project } from './lab.ts';

export function projects(harness: Harness): void {
  const when = casesFor(harness);

  when('a new project reads back as it was given', async (lab) => {
    const given = {
      name: 'Yersinia.p:1',
      title: 'Plasmid pPCP1 — “größer”',
      directory: '/data/ppcp1',
      metadata: { grants: ['BB/1', null], depth: { a: [1, 2.5, true] } },
    };
    const created = await lab.storage.createProject({ by: ada, ...given });
    const made = { owner: 'ada', notes: '', createdAt: lab.clock.now(), revision: 1 };
    assert.deepEqual(created, { ...given, ...made });
    assert.deepEqual(await lab.storage.getProject({ name: given.name }), created);
  });

  when('projects are listed by name, in the order of their characters’ codes', async (lab) => {
    for (const name of ['b', 'a-1', 'B', 'a.1', 'a', 'a1', 'A+']) await lab.createProject(name);
    const names = await pagedNames(lab, 3);
    assert.deepEqual(names, ['A+', 'B', 'a', 'a-1', 'a.1', 'a1', 'b', project]);
  });

  when('a list of projects shows only those that are named', async (lab) => {
    for (const name of ['a', 'b', 'c']) await lab.createProject(name);
    const page = await lab.storage.listProjects({ limit: 10, only: ['c', 'a', 'no-such'] });
    assert.deepEqual(
      page.items.map(({ name }) => name),
      ['a', 'c'],
    );
    assert.equal(page.next, null);
    const none = await lab.storage.listProjects({ limit: 10, only: [] });
    assert.deepEqual(none.items, []);
  });

  when('a page that holds the last project leads nowhere', async (lab) => {
    await lab.createProject('a');
    assert.equal((await lab.storage.listProjects({ limit: 2 })).next, null);
    const first = await lab.storage.listProjects({ limit: 1 });
    assert.notEqual(first.next, null);
  });

  when('a name is not given twice', async (lab) => {
    await lab.refuses('project_exists', () => lab.createProject(project));
  });

  when('the name of a deleted project stays taken, and the project is not found', async (lab) => {
    await lab.storage.deleteProject({ by: ada, name: project });
    await lab.refuses('project_exists', () => lab.createProject(project));
    await lab.refuses('project_unknown', () => lab.storage.getProject({ name: project }));
    await lab.refuses('project_unknown', () => lab.storage.deleteProject({ by: ada, name: project }));
    await lab.refuses('project_unknown', () => lab.submit());
    await lab.refuses('project_unknown', () => lab.storage.listJobs({ project, limit: 10 }));
    assert.deepEqual((await lab.storage.listProjects({ limit: 10 })).items, []);
    assert.equal((await lab.storage.status()).projects, 0);
  });

  when('with its project a job is gone, and comes back by no act', async (lab) => {
    await lab.createProject('other');
    const node = await lab.worker();
    await lab.submit();
    await node.finish(await lab.started(node), 'failed');
    await lab.storage.deleteProject({ by: ada, name: project });
    const place = placeOf('1');
    for (const act of [
      () => lab.job('1'),
      () => lab.attempts('1'),
      () => lab.act('retry', '1'),
      () => lab.act('trash', '1'),
      () => lab.storage.addComment({ by: ada, place, text: 'Still there?' }),
      () => lab.storage.explainJob(place),
      () => lab.storage.listFiles({ ...place, limit: 10 }),
    ])
      await lab.refuses('job_unknown', act);
    const after = [{ job: `${project}/1` }];
    await lab.refuses('dependency_unknown', () => lab.submit({ after }, { project: 'other' }));
  });

  when('a project is not deleted while a job in it is unfinished', async (lab) => {
    const remove = () => lab.storage.deleteProject({ by: ada, name: project });
    await lab.submit({ submit: false });
    await lab.refuses('project_in_use', remove);
    await lab.act('cancel', '1');
    await lab.submit({ hold: true });
    await lab.refuses('project_in_use', remove);
    await lab.act('release', '2');
    await lab.refuses('project_in_use', remove);
    const node = await lab.worker();
    const running = await lab.started(node);
    await lab.refuses('project_in_use', remove);
    await node.finish(running, 'failed');
    await remove();
  });

  when('an update changes what is given, and nothing else', async (lab) => {
    const update = (changes: object) =>
      lab.storage.updateProject({ by: ada, name: project, revision: null, ...changes });
    const before = await lab.storage.getProject({ name: project });
    assert.deepEqual(await update({ title: 'New' }), { ...before, title: 'New', revision: 2 });
    assert.deepEqual(await update({ directory: '/d' }), {
      ...before,
      title: 'New',
      directory: '/d',
      revision: 3,
    });
    await update({ metadata: { a: 1 } });
    const last = await update({ title: null, metadata: null });
    assert.deepEqual(last, { ...before, directory: '/d', revision: 5 });
    assert.deepEqual(await lab.storage.getProject({ name: project }), last);
  });

  when('an update that changes nothing leaves the revision, and is no event', async (lab) => {
    const update = (changes: object) =>
      lab.storage.updateProject({ by: ada, name: project, revision: null, ...changes });
    await update({ title: 'New', metadata: { a: 1 } });
    for (const changes of [{}, { title: 'New' }, { metadata: { a: 1 }, directory: null }])
      await lab.changesNothing(() => update(changes));
  });

  when('the projects that hold a folder are found, the innermost first', async (lab) => {
    await lab.createProject('data', '/data');
    await lab.createProject('apo', '/data/toxd/apo');
    await lab.createProject('slashed', '/data/./toxd/');
    await lab.createProject('gone', '/data/toxd');
    await lab.createProject('beside', '/data/tox');
    await lab.storage.deleteProject({ by: ada, name: 'gone' });
    const holding = async (folder: string, only?: readonly string[]) => {
      const query = only === undefined ? { folder } : { folder, only };
      const { items, next } = await lab.storage.listProjectsHolding(query);
      assert.equal(next, null);
      return items.map(({ name }) => name);
    };
    assert.deepEqual(await holding('/data/toxd/apo/x'), ['apo', 'slashed', 'data']);
    assert.deepEqual(await holding('/data/toxd'), ['slashed', 'data']);
    assert.deepEqual(await holding('/data/toxd', ['data', 'apo']), ['data']);
    assert.deepEqual(await holding('/data/toxd', []), []);
    assert.deepEqual(await holding('/'), []);
    const [{ notes: _, ...apo }, found] = await Promise.all([
      lab.storage.getProject({ name: 'apo' }),
      lab.storage.listProjectsHolding({ folder: '/data/toxd/apo' }),
    ]);
    assert.deepEqual(found.items[0], apo);
    await lab.storage.updateProject({ by: ada, name: 'apo', revision: null, directory: '/mnt' });
    assert.deepEqual(await holding('/data/toxd/apo'), ['slashed', 'data']);
  });

  when('an update of an older revision is refused, with the current one', async (lab) => {
    const update = (revision: number) =>
      lab.storage.updateProject({ by: ada, name: project, revision, title: String(revision) });
    await update(1);
    const fault = await lab.refuses('revision_stale', () => update(1));
    assert.deepEqual([fault.said.field, fault.said.found, fault.said.expected], ['revision', 1, '2']);
    assert.equal((await update(2)).title, '2');
  });

  when('a project that does not exist is not updated', async (lab) => {
    await lab.refuses('project_unknown', () =>
      lab.storage.updateProject({ by: ada, name: 'no-such', revision: null, title: 'x' }),
    );
  });

  when('what happens to a project is told in events', async (lab) => {
    const bob = { principal: 'bob' };
    const events = await lab.eventsOf(async () => {
      await lab.storage.createProject({ by: bob, name: 'p', title: null, directory: null, metadata: null });
      await lab.storage.updateProject({ by: ada, name: 'p', revision: null, title: 'x' });
      await lab.storage.deleteProject({ by: bob, name: 'p' });
    });
    assert.deepEqual(
      events.map(({ type, project: of, actor, jobs, at }) => ({ type, of, actor, jobs, at })),
      [
        { type: 'project.created', of: 'p', actor: 'bob', jobs: [], at: lab.clock.now() },
        { type: 'project.changed', of: 'p', actor: 'ada', jobs: [], at: lab.clock.now() },
        { type: 'project.deleted', of: 'p', actor: 'bob', jobs: [], at: lab.clock.now() },
      ],
    );
  });
}

async function pagedNames(lab: Lab, limit: number): Promise<readonly string[]> {
  const names: string[] = [];
  let after: string | null = null;
  do {
    const page = await lab.storage.listProjects(after === null ? { limit } : { limit, after });
    assert.ok(page.items.length <= limit);
    names.push(...page.items.map(({ name }) => name));
    after = page.next;
  } while (after !== null);
  return names;
}
