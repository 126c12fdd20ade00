import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, type Lab, project } from './lab.ts';
import { LabRecorder } from './lab-recorder.ts';
import {
  addDatabase,
  addDatabases,
  closeDatabase,
  LabSession,
  lockNow,
  openThree,
  reopenDatabase,
  root,
  statesOf,
  told,
} from './lock-lab.ts';

export function catalogue(harness: Harness): void {
  const when = casesFor(harness);

  when('a database reads back as it was added', async (lab) => {
    const given = {
      name: 'nr+2',
      kind: 'files',
      tag: 'protein',
      description: 'größer “x”\nand more',
      settings: { folder: '/data/nr', keep: 3, nested: { a: [null, 1.5, true] } },
      release: '2026-10',
      declaredIn: '/etc/labkeep/databases.toml',
      state: 'off',
    } as const;
    const added = await lab.storage.addDatabase({ by: root, database: given });
    assert.deepEqual(added, { ...given, createdAt: lab.clock.now(), revision: 1, closure: null });
    assert.deepEqual(await lab.storage.getDatabase({ name: given.name }), added);
  });

  when('a database that is not there is unknown, and the nearest name is told', async (lab) => {
    await addDatabases(lab, 'embl');
    const fault = await lab.refuses('database_unknown', () => lab.storage.getDatabase({ name: 'emble' }));
    assert.match(fault.message, /embl\?/);
    await lab.refuses('database_unknown', () => lab.storage.getDatabase({ name: 'EMBL-of-old' }));
  });

  when('a project is a database of kind project', async (lab) => {
    const database = await lab.storage.getDatabase({ name: project });
    assert.deepEqual(
      [database.kind, database.state, database.tag, database.release, database.closure],
      ['project', 'on', null, null, null],
    );
    await lab.storage.deleteProject({ by: ada, name: project });
    await lab.refuses('database_unknown', () => lab.storage.getDatabase({ name: project }));
  });

  when('projects and databases do not share a name', async (lab) => {
    await addDatabases(lab, 'embl');
    await lab.refuses('database_exists', () => addDatabase(lab, { name: 'embl' }));
    await lab.refuses('database_exists', () => addDatabase(lab, { name: project }));
    await lab.refuses('database_exists', () => lab.createProject('embl'));
    await lab.storage.deleteProject({ by: ada, name: project });
    await lab.refuses('database_exists', () => addDatabase(lab, { name: project }));
  });

  when(
    'databases are listed by name, in the order of their characters’ codes, projects among them',
    async (lab) => {
      for (const name of ['b', 'a-1', 'B', 'a.1', 'a', 'zz', 'A+']) await addDatabases(lab, name);
      assert.deepEqual(await listed(lab, undefined), ['A+', 'B', 'a', 'a-1', 'a.1', 'b', project, 'zz']);
      assert.equal((await lab.storage.listDatabases({ limit: 8 })).next, null);
    },
  );

  when('projects are left out of a list where they are not wanted, on every page', async (lab) => {
    await addDatabases(lab, 'a', 'zz');
    await addDatabase(lab, { name: 'b', tag: 'old' });
    await lab.createProject('m');
    const page = (more: { after?: string; tag?: string | null }) =>
      lab.storage.listDatabases({ projects: false, limit: 2, ...more });
    const first = await page({});
    assert.deepEqual(
      first.items.map(({ name }) => name),
      ['a', 'b'],
    );
    const { items } = await page({ after: first.next ?? '' });
    assert.deepEqual(
      items.map(({ name }) => name),
      ['zz'],
    );
    const untagged = await page({ tag: null });
    assert.deepEqual(
      untagged.items.map(({ name }) => name),
      ['a', 'zz'],
    );
  });

  when('a run in a folder named like a database begins a project of the next name', async (lab) => {
    await addDatabases(lab, 'embl');
    const { job } = await new LabRecorder(lab).record({ folder: '/data/embl' });
    assert.equal(job.project, 'embl-2');
  });

  when('databases with a tag are listed only with it', async (lab) => {
    await addDatabases(lab, 'a', 'd');
    await addDatabase(lab, { name: 'b', tag: 'old' });
    await addDatabase(lab, { name: 'c', tag: 'old' });
    assert.deepEqual(await listed(lab, null), ['a', 'd', project]);
    assert.deepEqual(await listed(lab, 'old'), ['b', 'c']);
    assert.deepEqual(await listed(lab, 'no-such'), []);
  });

  when('a listed database is shown whole, with its closure', async (lab) => {
    await addDatabases(lab, 'embl');
    const closed = await closeDatabase(lab, 'embl', { reason: 'x' });
    const { items } = await lab.storage.listDatabases({ limit: 1 });
    assert.deepEqual(items, [closed]);
  });

  when('a change changes what is given, and nothing else', async (lab) => {
    const added = await addDatabase(lab, { name: 'embl', tag: 'x', settings: { a: 1 } });
    const change = changeOf(lab, 'embl');
    const second = await change({ description: 'y' });
    assert.deepEqual(second, { ...added, description: 'y', revision: 2 });
    await change({ tag: null, settings: { b: [2] } });
    const last = await change({ release: '145', state: 'off' });
    const expected = { tag: null, settings: { b: [2] }, release: '145', state: 'off', revision: 4 };
    assert.deepEqual(last, { ...second, ...expected });
    const taken = await change({ declaredIn: '/etc/banks.toml' });
    assert.deepEqual(taken, { ...last, declaredIn: '/etc/banks.toml', revision: 5 });
    assert.deepEqual(await lab.storage.getDatabase({ name: 'embl' }), taken);
  });

  when('a change that changes nothing leaves the revision, and is no event', async (lab) => {
    await addDatabase(lab, { name: 'embl', tag: 'x', settings: { a: 1 } });
    for (const changes of [{}, { tag: 'x' }, { settings: { a: 1 } }, { state: 'on' }, { release: null }])
      await lab.changesNothing(() => changeOf(lab, 'embl')(changes));
  });

  when('a change to an older revision is refused, with the current one', async (lab) => {
    await addDatabases(lab, 'embl');
    const change = (revision: number) =>
      lab.storage.changeDatabase({ by: root, name: 'embl', revision, changes: { tag: `r${revision}` } });
    await change(1);
    const fault = await lab.refuses('revision_stale', () => change(1));
    assert.deepEqual([fault.said.field, fault.said.found, fault.said.expected], ['revision', 1, '2']);
    assert.equal((await change(2)).revision, 3);
  });

  when('a database that is not there is neither changed nor removed', async (lab) => {
    await lab.refuses('database_unknown', () => changeOf(lab, 'no-such')({ tag: 'x' }));
    await lab.refuses('database_unknown', () => lab.storage.removeDatabase({ by: root, name: 'no-such' }));
  });

  when(
    'who waits when a database goes off stays where it is, and is granted when it is on again',
    async (lab) => {
      await addDatabases(lab, 'embl', 'nr');
      const [a, b] = await openThree(lab);
      const held = await a.take('nr:exclusive');
      const waiting = await b.wait('embl:shared', 'nr:shared');
      await changeOf(lab, 'embl')({ state: 'off' });
      await a.release(held);
      assert.equal((await lockNow(lab, waiting)).state, 'waiting');
      await lab.refuses('database_off', () => a.take('embl:shared'));
      await changeOf(lab, 'embl')({ state: 'on' });
      assert.deepEqual(await statesOf(lab, waiting), ['granted']);
    },
  );

  when('a database that goes off is not taken from those who hold it', async (lab) => {
    await addDatabases(lab, 'embl');
    const session = await LabSession.open(lab, { databases: ['embl'] });
    const held = await session.take('embl:shared');
    await changeOf(lab, 'embl')({ state: 'off' });
    assert.deepEqual(await statesOf(lab, held), ['granted']);
    assert.deepEqual(await session.renew(), []);
    assert.deepEqual((await session.record()).databases, ['embl']);
    assert.equal((await session.change(held, 'embl:exclusive')).state, 'granted');
  });

  when('a database in use is not removed; after that it is, and its name may be given again', async (lab) => {
    await addDatabases(lab, 'embl', 'embl2', 'nr');
    const remove = () => lab.storage.removeDatabase({ by: root, name: 'embl' });
    const [a, b, c] = await openThree(lab);
    const held = await a.take('embl/x:shared');
    await c.take('embl2:shared');
    await lab.refuses('database_in_use', remove);
    await b.open('embl');
    await a.release(held);
    await lab.refuses('database_in_use', remove);
    await b.leave('embl');
    const other = await a.take('nr:exclusive');
    const waiting = await b.wait('nr:shared', 'embl/y:shared');
    await lab.refuses('database_in_use', remove);
    await b.release(waiting);
    await a.release(other);
    await closeDatabase(lab, 'embl');
    await lab.refuses('database_in_use', remove);
    await reopenDatabase(lab, 'embl');
    await remove();
    await lab.refuses('database_unknown', remove);
    await lab.refuses('database_unknown', () => lab.storage.getDatabase({ name: 'embl' }));
    assert.equal((await addDatabase(lab, { name: 'embl' })).revision, 1);
    await lab.storage.removeDatabase({ by: root, name: 'embl' });
    await lab.createProject('embl');
  });

  when('a project is not changed, turned off or removed as a database', async (lab) => {
    for (const changes of [{ state: 'off' }, { description: 'A database' }, { release: 'r1' }])
      await lab.refuses('state_conflict', () => changeOf(lab, project)(changes));
    await lab.refuses('state_conflict', () => lab.storage.removeDatabase({ by: root, name: project }));
  });

  when('what happens to a database is told in events', async (lab) => {
    const events = await lab.eventsOf(async () => {
      await addDatabases(lab, 'embl');
      await changeOf(lab, 'embl')({ state: 'off' });
      await changeOf(lab, 'embl')({ state: 'on' });
      await closeDatabase(lab, 'embl');
      await reopenDatabase(lab, 'embl');
      await lab.storage.removeDatabase({ by: ada, name: 'embl' });
    });
    assert.deepEqual(
      events.map(({ type, database, project: of, actor, jobs }) => [type, database, of, actor, jobs.length]),
      [
        ['database.added', 'embl', null, 'root', 0],
        ['database.changed', 'embl', null, 'root', 0],
        ['database.changed', 'embl', null, 'root', 0],
        ['database.closing', 'embl', null, 'root', 0],
        ['database.closed', 'embl', null, 'root', 0],
        ['database.reopened', 'embl', null, 'root', 0],
        ['database.removed', 'embl', null, 'ada', 0],
      ],
    );
  });

  when('an event of a project or a job is of no database', async (lab) => {
    const events = await lab.eventsOf(() => lab.submit());
    assert.deepEqual(
      events.map(({ type, project: of, database }) => [type, of, database]),
      [['jobs.created', project, null]],
    );
    assert.deepEqual(await told(lab, () => lab.createProject('p')), ['project.created']);
  });
}

function changeOf(lab: Lab, name: string) {
  return (changes: object) => lab.storage.changeDatabase({ by: root, name, revision: null, changes });
}

/** The names that are listed, two at a time. */
async function listed(lab: Lab, tag: string | null | undefined): Promise<readonly string[]> {
  const names: string[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await lab.storage.listDatabases({
      limit: 2,
      ...(tag === undefined ? {} : { tag }),
      ...(after === undefined ? {} : { after }),
    });
    assert.ok(page.items.length <= 2);
    names.push(...page.items.map(({ name }) => name));
    after = page.next;
  }
  return names;
}
