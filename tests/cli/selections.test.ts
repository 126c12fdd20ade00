/** Jobs that are selected: listed, counted, and acted on. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { JobList } from '@labkeep/client';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  server = await home.up();
  assert.equal((await here(['submit', '--wait', '--title', 'Zinc site', '--', 'echo', 'one'])).code, 0);
  assert.equal((await here(['submit', '--wait', '--', 'sh', '-c', 'exit 3'])).code, 1);
  assert.equal((await here(['submit', '--hold', '--title', 'zinc, held', '--', 'true'])).code, 0);
  assert.equal((await here(['submit', '--hold', '--', 'true'])).code, 0);
  assert.equal((await here(['set', '2', 'Rfree=0.31'])).code, 0);
  assert.equal((await here(['set', '3', 'Rfree=0.21'])).code, 0);
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

const here = (args: readonly string[]): Promise<Ended> => home.call(args, { cwd: folder });

async function numbers(...args: readonly string[]): Promise<string> {
  const ended = await here(['jobs', '--json', ...args]);
  assert.equal(ended.code, 0, ended.stderr);
  const { items } = JSON.parse(ended.stdout) as JobList;
  return items.map(({ number }) => number).join(' ');
}

async function ends(
  args: readonly string[],
  code: number,
  stdout: readonly string[],
  stderr: readonly string[],
) {
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  assert.deepEqual(await here(args), { code, stdout: text(stdout), stderr: text(stderr) });
}

test('a list shows the jobs that are selected, in the order asked for', async () => {
  assert.equal(await numbers('--where', 'zinc'), '3 1');
  assert.equal(await numbers('--where', 'zinc', '--sort', 'oldest'), '1 3');
  assert.equal(await numbers('--where', 'not state:waiting'), '2 1');
  assert.equal(await numbers('--sort', 'Rfree'), '3 2 1 4');
  assert.equal(await numbers('--sort', 'Rfree:desc', '-n', '2'), '2 3');
  assert.equal(await numbers('--where', 'exit:3 or Rfree<0.25'), '3 2');
  assert.equal(await numbers('--where', 'zinc', '--state', 'waiting'), '3');
  await ends(
    ['jobs', '--where', 'Rfre<1'],
    0,
    [],
    [
      'labkeep: no jobs in toxd are selected',
      'labkeep: no job has the number "Rfre"; the nearest is "Rfree"',
    ],
  );
});

test('jobs are counted', async () => {
  await ends(['count'], 0, ['4'], []);
  await ends(['count', 'state:waiting'], 0, ['2'], []);
  await ends(['count', '--where', 'state:failed zinc', '--json'], 0, ['{"count":0,"complete":true}'], []);
});

test('what is wrong with a selection is marked', async () => {
  const { code, stdout, stderr } = await here(['jobs', '--where', 'zinc state:faild']);
  assert.deepEqual([code, stdout], [2, '']);
  const lines = stderr.split('\n');
  assert.match(
    lines[0] ?? '',
    /^labkeep: The selection cannot be read at character 12: .*most likely failed/,
  );
  assert.deepEqual(lines.slice(1), [
    '  Correct it at the place named; labkeep help selection shows how selections are written.',
    '  zinc state:faild',
    '             ^^^^^',
    '',
  ]);
});

test('an act on a selection is first counted, then shown, then done', async () => {
  await ends(
    ['release', '--where', 'state:waiting zinc'],
    2,
    [],
    [
      'labkeep: 1 job of toxd would be meant; nothing was done.',
      '  Look at them with --dry-run; do it with --yes.',
    ],
  );
  await ends(
    ['retry', '--where', 'created:today', '--dry-run'],
    0,
    [
      'toxd/1  refused: state_conflict',
      'toxd/2',
      'toxd/3  refused: state_conflict',
      'toxd/4  refused: state_conflict',
    ],
    ['labkeep: 1 job would be meant, 3 would be refused; --yes does it'],
  );
  await ends(
    ['cancel', '--where', 'state:waiting,failed', '--yes'],
    5,
    ['toxd/2  refused: state_conflict', 'toxd/3  done', 'toxd/4  done'],
    ['labkeep: 2 jobs done, 1 refused'],
  );
  assert.equal(await numbers('--where', 'state:cancelled'), '4 3');
  await ends(['hold', '--where', 'state:waiting', '--yes'], 0, [], ['labkeep: no job of toxd is selected']);
});

test('jobs that are selected are tagged, rated and thrown away', async () => {
  await ends(
    ['tag', '--where', 'Rfree<1', '+r b', '--yes'],
    0,
    ['toxd/2  done', 'toxd/3  done'],
    ['labkeep: 2 jobs done'],
  );
  await ends(
    ['rate', '--where', 'tag:"r b" exit:3', '--yes', 'bad'],
    0,
    ['toxd/2  done'],
    ['labkeep: 1 job done'],
  );
  await ends(['trash', '--where', 'rating:bad', '-y'], 0, ['toxd/2  done'], ['labkeep: 1 job done']);
  assert.equal(await numbers(), '4 3 1');
  assert.equal(await numbers('--trash', '--where', 'rating:bad'), '2');
  await ends(['count', '--trash'], 0, ['1'], []);
  await ends(['untrash', '--where', 'rating:bad', '-y'], 0, ['toxd/2  done'], ['labkeep: 1 job done']);
});

test('jobs and a selection are not given together, nor neither', async () => {
  const say = async (args: readonly string[], message: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await here(args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
  };
  await say(['cancel', '1', '--where', 'zinc'], /Jobs are named, and selected/);
  await say(['cancel'], /No job is named/);
  await say(['cancel', '1', '--yes'], /--dry-run and --yes go with --where/);
  await say(['cancel', '--where', '', '--yes'], /--where is empty/);
});
