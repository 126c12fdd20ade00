/** Jobs by what is asked of them. */
import assert from 'node:assert/strict';
import type { NamedIn } from '../../src/core/select/names-in.ts';
import { oldestFirst, parseSort } from '../../src/core/select/sort.ts';
import { type Harness, noon } from './harness.ts';
import { ada, casesFor, placeOf, project } from './lab.ts';
import { ask, criterion, furnish } from './select-lab.ts';

export function select(harness: Harness): void {
  const when = casesFor(harness);

  when('what looks like SQL is text, wherever it stands', async (lab) => {
    const evil = ["x') or 1=1 --", '"; drop table jobs; --', "%' or '_", '\\', '$1 ? :a @b'];
    await lab.submitAll([...evil.map((title) => ({ title })), { title: 'calm' }]);
    const quoted = (text: string): string => JSON.stringify(text);
    for (const [index, text] of evil.entries()) {
      const number = String(index + 1);
      const changes = { annotations: { addTags: [text] } };
      await lab.storage.editJob({ by: ada, place: placeOf(number), revision: null, changes });
      assert.deepEqual(await ask(lab, `tag:${quoted(text)}`), [number], text);
      for (const field of ['task', 'owner', 'queue'])
        assert.deepEqual(await ask(lab, `${field}:${quoted(text)}`), [], text);
      assert.deepEqual(await ask(lab, `used:${quoted(`/data/${text}`)}`), [], text);
    }
    assert.deepEqual(await ask(lab, 'tag:none'), [String(evil.length + 1)]);
  });

  when('jobs are found by what is said of them', async (lab) => {
    await furnish(lab);
    const expected: Readonly<Record<string, string>> = {
      '': '1 2 3 4 4.1 5 6',
      'state:succeeded': '1',
      'state:succeeded,failed': '1 2',
      'state:ready,draft,running': '3 4 4.1 5 6',
      'state:failed state:succeeded': '',
      'not state:ready': '1 2 3 4 5',
      'exit:0': '1',
      'exit!=0': '2',
      'exit:none': '3 4 4.1 5 6',
      'task:refine': '1 2 5',
      'task:none not parent:none': '4.1',
      'owner:bob': '6',
      'tag:native': '1 3',
      'tag:none': '2 4 4.1 5 6',
      'tag:native,none state:ready': '4.1 6',
      'rating:best or rating:bad': '1 2',
      'Rfree<0.25': '1',
      'Rfree<=0.25': '1 2',
      'Rfree>0.21': '2',
      'Rfree:0.2..0.3': '1 2',
      'Rfree:none tag:native': '3',
      'parent:4': '4.1',
      'parent:99': '',
      'priority>0': '3',
      'attempts>=1': '1 2 5',
      zinc: '1 2',
      'zinc refin*': '1',
      '"Zinc site"': '1 2',
      'comment* not zinc': '3',
      'created<2026-11-21T12:01Z': '1 2',
      'created>=2026-11-21T12:02Z': '5 6',
      'created:2026-11-21T12:01': '3 4 4.1',
      'finished:today': '1 2',
      'started:none': '3 4 4.1 6',
      'origin:recorded': '',
      'tag:bset or task:nothing': '',
    };
    for (const [text, numbers] of Object.entries(expected))
      assert.equal((await ask(lab, text)).join(' '), numbers, text);
    assert.equal((await ask(lab, 'zinc', { trash: true })).join(' '), '7');
    assert.equal((await ask(lab, '', { trash: true })).join(' '), '7');
  });

  when('the jobs found are sorted', async (lab) => {
    await furnish(lab);
    const order = async (sort: string, text = '') =>
      (await ask(lab, text, { sort: parseSort(sort) })).join(' ');
    assert.equal(await order('newest', 'tag:native or Rfree>0'), '3 2 1');
    assert.equal(await order('Rfree'), '1 2 3 4 4.1 5 6');
    assert.equal(await order('Rfree:desc'), '2 1 6 5 4.1 4 3');
    assert.equal(await order('Rfree:desc', 'Rfree<1'), '2 1');
    assert.equal(await order('unheard-of:desc', 'task:refine'), '5 2 1');
  });

  when('jobs found are counted', async (lab) => {
    await furnish(lab);
    const count = async (text: string): Promise<number> => {
      let total = 0;
      for (let after: string | null = ''; after !== null; ) {
        const step: { count: number; next: string | null } = await lab.storage.countSelected({
          project,
          criterion: criterion(text, lab.clock.now()),
          trash: false,
          looks: 2,
          ...(after === '' ? {} : { after }),
        });
        total += step.count;
        after = step.next;
      }
      return total;
    };
    assert.equal(await count(''), 7);
    assert.equal(await count('task:refine'), 3);
    assert.equal(await count('state:lost'), 0);
  });

  when('the names that jobs have are listed, each once', async (lab) => {
    await furnish(lab);
    const names = (kind: NamedIn['kind'], limit = 10) => lab.storage.listNames({ project, kind, limit });
    assert.deepEqual(await names('tag'), ['native']);
    assert.deepEqual(await names('task'), ['refine']);
    assert.deepEqual(await names('number'), ['Rfree']);
    const annotations = { tags: ['b', 'Ångström', 'a', 'B'], numbers: { x: 1, y: 2 } };
    await lab.storage.editJob({ by: ada, place: placeOf('6'), revision: null, changes: { annotations } });
    assert.deepEqual(await names('tag'), ['B', 'a', 'b', 'native', 'Ångström']);
    assert.deepEqual(await names('number', 2), ['Rfree', 'x']);
    await lab.refuses('project_unknown', () =>
      lab.storage.listNames({ project: 'no-such', kind: 'tag', limit: 1 }),
    );
  });

  when('a key that no selection gave is refused, and so is a project that is not there', async (lab) => {
    await furnish(lab);
    const asked = { project, criterion: criterion('', noon), trash: false, sort: oldestFirst, limit: 3 };
    await lab.refuses('cursor_invalid', () => lab.storage.selectJobs({ ...asked, after: 'no key!' }));
    await lab.refuses('project_unknown', () => lab.storage.selectJobs({ ...asked, project: 'no-such' }));
    await lab.refuses('project_unknown', () => lab.storage.countSelected({ ...asked, project: 'no-such' }));
  });

  when('jobs are found by the files that they read and wrote, and by what rests on them', async (lab) => {
    const node = await lab.worker();
    const file = (path: string, digit: string) => ({ path, size: 1, sha256: digit.repeat(64) });
    const run = async (inputs: readonly string[], outputs: readonly ReturnType<typeof file>[]) => {
      await lab.submit({ inputs: [...inputs], outputs: ['/d/declared'] });
      await node.finish(await lab.started(node), 'succeeded', { outputs });
      lab.clock.advance(1_000);
    };
    await run([], [file('/d/a', '1')]);
    await run(['/d/a'], [file('/d/b', '2')]);
    await run(['/d/b', '/d/b c'], [file('/d/d', '3'), file('/d/e', '2')]);
    await run(['/d/x'], []);
    const expected: Readonly<Record<string, string>> = {
      'used:/d/a': '2',
      'used:/d/a,"/d/b c"': '2 3',
      'made:/d/a': '1',
      'made:/d/declared': '',
      'used:/d/d': '',
      [`made:sha256:${'2'.repeat(64)}`]: '2 3',
      'not made:/d/a': '2 3 4',
      'ancestor-of:3': '1 2',
      'descendant-of:1': '2 3',
      'descendant-of:1,4 not used:/d/b': '2',
      'not ancestor-of:toxd/2': '2 3 4',
      'ancestor-of:99': '',
      'descendant-of:elsewhere/1': '',
    };
    for (const [text, numbers] of Object.entries(expected))
      for (const looks of [1, 1000]) assert.equal((await ask(lab, text, { looks })).join(' '), numbers, text);
  });
}
