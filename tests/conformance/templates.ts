/** What a project keeps beside its jobs: templates and notes. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, elsewhere, type Lab, project } from './lab.ts';

export function templates(harness: Harness): void {
  const when = casesFor(harness);

  const save = (lab: Lab, name: string, job: unknown, principal = 'ada', of = project) =>
    lab.storage.saveTemplate({ by: { principal }, project: of, name, job });
  const list = async (lab: Lab, of = project) =>
    (await lab.storage.listTemplates({ project: of, limit: 100 })).items;

  when('a template is kept as it was given, and replaced; its owner stays', async (lab) => {
    const job = { command: ['a b', "it's"], parameters: { cell: [1.5, null, 'é'] }, priority: -3 };
    const events = await lab.eventsOf(() => save(lab, 'refine', job));
    assert.deepEqual(
      events.map(({ type, project: of, jobs }) => [type, of, jobs]),
      [['project.changed', project, []]],
    );
    const made = { name: 'refine', job, owner: 'ada', updatedAt: lab.clock.now() };
    assert.deepEqual(await lab.storage.getTemplate({ project, name: 'refine' }), made);
    lab.clock.advance(3);
    const replaced = await save(lab, 'refine', { task: 'x' }, 'mia');
    assert.deepEqual(replaced, { ...made, job: { task: 'x' }, updatedAt: lab.clock.now() });
    assert.deepEqual(await list(lab), [replaced]);
  });

  when('templates are listed by name, by pages, in their own project', async (lab) => {
    await lab.createProject(elsewhere);
    for (const name of ['c', 'B', 'a']) await save(lab, name, {});
    await save(lab, 'd', {}, 'ada', elsewhere);
    const one = await lab.storage.listTemplates({ project, limit: 2 });
    const two = await lab.storage.listTemplates({ project, limit: 2, after: one.next ?? '' });
    assert.deepEqual(
      [...one.items, ...two.items].map(({ name }) => name),
      ['B', 'a', 'c'],
    );
    assert.equal(two.next, null);
    assert.equal((await list(lab, elsewhere)).length, 1);
  });

  when('a template is removed once', async (lab) => {
    await save(lab, 'a', {});
    const remove = () => lab.storage.removeTemplate({ by: ada, project, name: 'a' });
    await remove();
    assert.deepEqual(await list(lab), []);
    await lab.refuses('template_unknown', remove);
    await lab.refuses('template_unknown', () => lab.storage.getTemplate({ project, name: 'a' }));
    await lab.refuses('project_unknown', () => save(lab, 'a', {}, 'ada', 'none'));
  });

  when('notes of a project are kept with it, and left out of lists', async (lab) => {
    const change = (notes: string) =>
      lab.storage.updateProject({ by: ada, name: project, revision: null, notes });
    assert.equal((await lab.storage.getProject({ name: project })).notes, '');
    const changed = await change('# “Notes”\n');
    assert.deepEqual([changed.notes, changed.revision], ['# “Notes”\n', 2]);
    assert.deepEqual(await lab.storage.getProject({ name: project }), changed);
    await lab.changesNothing(() => change('# “Notes”\n'));
    const { notes, ...listed } = changed;
    assert.deepEqual((await lab.storage.listProjects({ limit: 9 })).items, [listed]);
    const retitled = await lab.storage.updateProject({ by: ada, name: project, revision: 2, title: 'T' });
    assert.equal(retitled.notes, notes);
  });
}
