/** Jobs of all sorts, and how they are asked for. */
import assert from 'node:assert/strict';
import { type Criterion, criterionOf } from '../../src/core/select/criterion.ts';
import { parseSelection } from '../../src/core/select/parse.ts';
import { oldestFirst, type Sort } from '../../src/core/select/sort.ts';
import { ada, type Lab, placeOf, project } from './lab.ts';

export function criterion(text: string, now: number): Criterion {
  return criterionOf(parseSelection(text), now, project);
}

export interface Asked {
  readonly sort?: Sort;
  readonly trash?: boolean;
  readonly limit?: number;
  readonly looks?: number;
}

/** The numbers of the jobs of all pages. */
export async function ask(lab: Lab, text: string, asked: Asked = {}): Promise<string[]> {
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
export async function furnish(lab: Lab): Promise<void> {
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
