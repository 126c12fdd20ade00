/** Jobs by what is asked of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Criterion, criterionOf } from '../../src/core/select/criterion.ts';
import { parseSelection } from '../../src/core/select/parse.ts';
import { printSelection } from '../../src/core/select/print.ts';
import { newestFirst, oldestFirst, parseSort, type Sort } from '../../src/core/select/sort.ts';
import type { SelectedAct } from '../../src/ports/records/select.ts';
import type { Actor } from '../../src/ports/storage.ts';
import { openMemory } from '../../src/storage/memory/open.ts';
import { treesOf, type Vocabulary } from '../support/selections.ts';
import { type Harness, noon } from './harness.ts';
import { ada, casesFor, Lab, placeOf, project } from './lab.ts';

const memory: Harness = {
  name: 'memory',
  casesAtOnce: 1,
  histories: 0,
  open: async (options) => ({ storage: openMemory(options) }),
};

export function select(harness: Harness): void {
  const when = casesFor(harness);

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

  const on = async (
    lab: Lab,
    text: string,
    act: SelectedAct,
    more: { jobs?: string[]; owner?: string; by?: Actor } = {},
  ) => {
    const jobs = await Promise.all((more.jobs ?? (await ask(lab, text))).map((ref) => lab.job(ref)));
    const { items, next } = await lab.storage.actOnSelected({
      by: more.by ?? ada,
      project,
      criterion: criterion(text, lab.clock.now()),
      trash: false,
      jobs: jobs.map(({ id }) => id),
      owner: more.owner ?? null,
      act,
      next: 'where to go on',
    });
    assert.equal(next, 'where to go on');
    return items.map(({ ref, done, code }) => `${ref} ${done ? 'done' : code}`);
  };

  when(
    'an act on what is selected is done or refused for each job by itself, and is one act',
    async (lab) => {
      await furnish(lab);
      const before = await lab.job('1');
      let report: string[] = [];
      const events = await lab.eventsOf(async () => {
        report = await on(lab, 'task:refine or parent:none', { move: 'cancel' });
      });
      assert.deepEqual(report, [
        'toxd/1 state_conflict',
        'toxd/2 state_conflict',
        'toxd/3 done',
        'toxd/4 done',
        'toxd/5 done',
        'toxd/6 done',
      ]);
      assert.deepEqual(await lab.job('1'), before);
      assert.deepEqual(await lab.states('3', '4', '6'), [
        'cancelled/requested',
        'cancelled/children_cancelled',
        'cancelled/requested',
      ]);
      assert.notEqual((await lab.job('5')).cancelRequestedAt, null);
      assert.deepEqual(
        events.map(({ type, jobs }) => [type, jobs.length]),
        [
          ['jobs.ended', 4],
          ['jobs.changed', 1],
        ],
      );
      assert.deepEqual(await on(lab, 'state:failed,succeeded', { move: 'retry' }), [
        'toxd/1 state_conflict',
        'toxd/2 done',
      ]);
    },
  );

  when('what is selected is changed', async (lab) => {
    await furnish(lab);
    const changes = { priority: -5, annotations: { addTags: ['old'], removeTags: ['native'] } };
    assert.deepEqual(await on(lab, 'tag:native', { changes }), ['toxd/1 done', 'toxd/3 done']);
    assert.deepEqual(await ask(lab, 'tag:old priority:-5'), ['1', '3']);
    assert.deepEqual(await ask(lab, 'tag:native'), []);
  });

  when('an act on what is selected leaves out what is not selected any more', async (lab) => {
    await furnish(lab);
    const jobs = ['3', '4.1', '6'];
    assert.deepEqual(await on(lab, 'state:ready', { move: 'hold' }, { jobs }), [
      'toxd/4.1 done',
      'toxd/6 done',
    ]);
    assert.deepEqual(await lab.changesNothing(() => on(lab, 'state:ready', { move: 'hold' }, { jobs })), []);
  });

  when('an act on what is selected may be kept to the jobs of one owner', async (lab) => {
    await furnish(lab);
    assert.deepEqual(await on(lab, 'state:ready', { move: 'cancel' }, { owner: 'bob' }), [
      'toxd/4.1 forbidden',
      'toxd/6 done',
    ]);
    assert.equal(await lab.state('4.1'), 'ready');
  });

  when('an act on what is selected is not repeated under its key', async (lab) => {
    await furnish(lab);
    const idempotency = { route: 'bulk', key: 'k', digest: 'd' };
    const by = { principal: 'ada', idempotency };
    const first = await on(lab, 'state:ready', { move: 'hold' }, { by });
    assert.deepEqual(first, ['toxd/4.1 done', 'toxd/6 done']);
    assert.deepEqual(
      await lab.changesNothing(() => on(lab, 'state:ready', { move: 'hold' }, { by, jobs: [] })),
      first,
    );
  });

  const skip = harness.unavailable ?? false;
  test(`${harness.name}: random selections find what the reference model finds, in its order`, {
    skip,
  }, async () => {
    const labs = await Promise.all([Lab.open(harness, {}), Lab.open(memory, {})]);
    try {
      // The jobs differ from run to run; a failure tells their seed.
      const [seed = 0] = fc.sample(fc.nat(), 1);
      const [chosen = []] = fc.sample(fc.array(recipes, { minLength: 30, maxLength: 60 }), {
        numRuns: 1,
        seed,
      });
      for (const lab of labs) await cook(lab, chosen);
      const sorts = fc.constantFrom(oldestFirst, newestFirst, parseSort('x'), parseSort('x:desc'));
      const pages = fc.record({
        tree: treesOf(vocabulary),
        sort: sorts,
        limit: fc.integer({ min: 1, max: 20 }),
        looks: fc.constantFrom(1, 3, 10, 40, 400),
        trash: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(pages, async ({ tree, ...asked }) => {
          const text = printSelection(tree);
          const [found, expected] = await Promise.all(labs.map((lab) => ask(lab, text, asked)));
          assert.deepEqual(found, expected, `${text} (jobs of seed ${seed})`);
        }),
        { numRuns: Math.max(100, harness.histories * 8) },
      );
    } finally {
      for (const lab of labs) await lab.close();
    }
  });
}

function criterion(text: string, now: number): Criterion {
  return criterionOf(parseSelection(text), now, project);
}

interface Asked {
  readonly sort?: Sort;
  readonly trash?: boolean;
  readonly limit?: number;
  readonly looks?: number;
}

/** The numbers of the jobs of all pages. */
async function ask(lab: Lab, text: string, asked: Asked = {}): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  for (let pages = 0; ; pages++) {
    assert.ok(pages < 500, 'pages come to an end');
    const page = await lab.storage.selectJobs({
      project,
      criterion: criterion(text, lab.clock.now()),
      trash: false,
      sort: oldestFirst,
      limit: 2,
      ...asked,
      ...(after === undefined ? {} : { after }),
    });
    assert.ok(page.items.length <= (asked.limit ?? 2));
    found.push(...page.items.map(({ number }) => number));
    if (page.next === null) return found;
    after = page.next;
  }
}

/** Seven jobs of all sorts, of which the last is in the trash. */
async function furnish(lab: Lab): Promise<void> {
  await lab.grant({ principal: 'bob' });
  const node = await lab.worker();
  await lab.submitAll([
    { task: 'refine', title: 'Zinc site, refined' },
    { task: 'refine', title: 'zinc-site' },
  ]);
  await node.finish(await lab.started(node), 'succeeded');
  await node.finish(await lab.started(node), 'failed');
  lab.clock.advance(60_000);
  await lab.submitAll([{ submit: false, priority: 3 }, { command: null }]);
  await lab.submit({ parent: '4', hold: true });
  lab.clock.advance(60_000);
  await lab.submit({ task: 'refine' });
  await node.renew();
  await lab.started(node);
  await lab.act('release', '4.1');
  await lab.submit({}, { owner: 'bob' });
  await lab.submit({ title: 'zinc' });
  await lab.act('trash', '7');
  const say = (ref: string, annotations: object) =>
    lab.storage.editJob({ by: ada, place: placeOf(ref), revision: null, changes: { annotations } });
  await say('1', { rating: 'best', addTags: ['native'], numbers: { Rfree: 0.21 } });
  await say('2', { rating: 'bad', numbers: { Rfree: 0.25 } });
  await say('3', { addTags: ['native'] });
  await lab.storage.addComment({ by: ada, place: placeOf('3'), text: 'a comment, no more' });
}

const word = fc.constantFrom('zinc', 'site', 'refine', 'refined', 'native', 'r1');
const value = fc.constantFrom(-1, 0, 0.1, 0.2, 0.25, 1);
const recipes = fc.record({
  task: fc.option(word),
  title: fc.option(fc.array(word, { maxLength: 3 }).map((words) => words.join(' '))),
  owner: fc.constantFrom('ada', 'bob'),
  queue: fc.constantFrom('default', 'long'),
  priority: fc.integer({ min: -1, max: 1 }),
  below: fc.option(fc.nat(), { freq: 2 }),
  hold: fc.boolean(),
  submit: fc.boolean(),
  container: fc.boolean(),
  outcome: fc.constantFrom('none', 'none', 'succeeded', 'failed', 'running'),
  rating: fc.constantFrom(null, null, 'best', 'good'),
  tags: fc.uniqueArray(word, { maxLength: 2 }),
  numbers: fc.dictionary(fc.constantFrom('x', 'y'), value),
  comment: fc.option(word, { freq: 2 }),
  inputs: fc.uniqueArray(fc.constantFrom('/d/a', '/d/b', '/d/c'), { maxLength: 2 }),
  outputs: fc.uniqueArray(fc.constantFrom('/d/a', '/d/b', '/d/c'), { maxLength: 2 }),
  content: fc.constantFrom('1', '2', '3'),
  trash: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
  pauseMs: fc.constantFrom(0, 0, 1, 3_600_000, 86_400_000),
});
type Recipe = typeof recipes extends fc.Arbitrary<infer T> ? T : never;

/** What the recipes make, so that many conditions hold for some. */
const vocabulary: Vocabulary = {
  words: fc.oneof(word, fc.constantFrom('z', 'ref')),
  names: fc.oneof(word, fc.constantFrom('ada', 'bob', 'long', 'unheard of')),
  numbers: fc.constantFrom('x', 'y', 'z'),
  values: value,
  times: fc.oneof(
    fc.constantFrom('today', 'yesterday', '1d', '3d', '90min', '2026-11-21', '2026-11-22'),
    fc.integer({ min: -1, max: 30 }).map((hours) => new Date(noon + hours * 3_600_000).toISOString()),
  ),
  files: fc.constantFrom('/d/a', '/d/b', '/d/x', `sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`),
  refs: fc.constantFrom('1', '2', '3', '5', '8', '13', '999', 'elsewhere/1'),
  parents: fc.constantFrom('1', '2', '3', '5', '8'),
};

async function cook(lab: Lab, chosen: readonly Recipe[]): Promise<void> {
  await lab.grant({ principal: 'bob' });
  const node = await lab.worker({ accept: ['bob'] });
  const made: string[] = [];
  for (const it of chosen) {
    const { task, title, queue, priority, hold, submit } = it;
    const parent = it.below === null ? null : (made[it.below % Math.max(1, made.length)] ?? null);
    const own = it.container && task === null ? { command: null } : {};
    const job = await lab.submit(
      {
        ...own,
        task,
        title,
        queue,
        priority,
        hold,
        submit,
        inputs: it.inputs,
        ...(parent === null ? {} : { parent }),
      },
      { owner: it.owner },
    );
    const place = placeOf(job.number);
    const { rating, tags, numbers } = it;
    const annotations = { rating, tags, numbers };
    await lab.storage.editJob({ by: ada, place, revision: null, changes: { annotations } });
    if (it.comment !== null) await lab.storage.addComment({ by: ada, place, text: it.comment });
    if (it.outcome !== 'none') {
      const [offer] = await node.take(1);
      if (offer !== undefined && it.outcome !== 'running') {
        const content = { size: 1, sha256: it.content.repeat(64) };
        const outputs = it.outputs.map((path) => ({ path, ...content }));
        await node.finish(offer, it.outcome, { outputs });
      }
    }
    const { state } = await lab.job(job.number);
    if (it.trash && state !== 'running') await lab.act('trash', job.number);
    else made.push(job.number);
    lab.clock.advance(it.pauseMs);
    await node.renew();
  }
}
