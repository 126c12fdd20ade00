/** Random selections of random jobs, beside the reference model. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printSelection } from '../../src/core/select/print.ts';
import { newestFirst, oldestFirst, parseSort } from '../../src/core/select/sort.ts';
import { openMemory } from '../../src/storage/memory/open.ts';
import { treesOf, type Vocabulary } from '../support/selections.ts';
import { type Harness, noon } from './harness.ts';
import { ada, Lab, placeOf } from './lab.ts';
import { ask } from './select-lab.ts';

const memory: Harness = {
  name: 'memory',
  casesAtOnce: 1,
  histories: 0,
  chain: 0,
  open: async (options) => ({ storage: openMemory(options) }),
};

const allSelectionsMs = 5 * 60_000;

export function selectModel(harness: Harness): void {
  const skip = harness.unavailable ?? false;
  test(`${harness.name}: random selections find what the reference model finds, in its order`, {
    skip,
    timeout: allSelectionsMs,
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
