/** Where files came from, as a scientist asks: chains of recorded runs, and files that were changed, moved and lost. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { after, before, test } from 'node:test';
import { type Graph, LabkeepClient } from '@labkeep/client';
import { readDiscovery, readToken } from '../../src/daemon/discovery.ts';
import { Bench, steady } from './support/bench.ts';
import { type Ended, Home, type Server } from './support/labkeep.ts';

const home = new Home();
let server: Server;
before(async () => {
  server = await home.up();
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

function client(): LabkeepClient {
  const found = readDiscovery(home.path('data', 'server.json'));
  assert.ok(found);
  return new LabkeepClient({ url: found.url, token: readToken(home.path('data', 'token')) ?? '' });
}

const folder = (name: string): Bench => new Bench(home, name);
const parsed = <T>(ended: Ended): T => JSON.parse(ended.stdout) as T;

test('a file is followed back to the roots, each job told once', async () => {
  const toxd = folder('toxd');
  toxd.write('raw.txt', 'c\nb\na\n');
  await toxd.run('sort', 'raw.txt', '-o', 'sorted.txt');
  await toxd.sh('head -2 "$1" > top.txt', 'sorted.txt');
  await toxd.run('cp', 'top.txt', 'copy.txt');
  await toxd.sh('cat "$1" "$2" > both.txt', 'copy.txt', 'sorted.txt');
  assert.equal(
    await toxd.prints('whence', 'both.txt'),
    `both.txt, unchanged: made by toxd/4, WHEN, on HOST
  copy.txt: made by toxd/3, WHEN, on HOST
    top.txt: made by toxd/2, WHEN, on HOST
      sorted.txt: made by toxd/1, WHEN, on HOST
        raw.txt: no recorded origin
  sorted.txt: made by toxd/1, as above
`,
  );
  assert.equal(await toxd.prints('whence', 'raw.txt'), 'raw.txt: no recorded origin\n');
  assert.equal(
    await toxd.prints('whence', '--depth', '1', './top.txt', `${toxd.folder}/sorted.txt`),
    `top.txt, unchanged: made by toxd/2, WHEN, on HOST
  sorted.txt: made by toxd/1, and so on
sorted.txt, unchanged: made by toxd/1, WHEN, on HOST
  raw.txt: no recorded origin
`,
  );
});

test('the graph of a job or a file: as text, upwards, downwards, and to a depth', async () => {
  const toxd = folder('toxd');
  const whole = `toxd/1  succeeded  sort raw.txt -o sorted.txt
toxd/2  succeeded  sh -c 'head -2 "$1" > top.txt' sh sorted.txt
  sorted.txt from toxd/1
toxd/3  succeeded  cp top.txt copy.txt
  top.txt from toxd/2
toxd/4  succeeded  sh -c 'cat "$1" "$2" > both.txt' sh copy.txt sorted.txt
  sorted.txt from toxd/1
  copy.txt from toxd/3
`;
  assert.equal(await toxd.prints('graph'), whole);
  assert.equal(await toxd.prints('graph', '--of', 'both.txt'), whole);
  assert.equal(await toxd.prints('graph', '--of', 'toxd/4', '--ancestors'), whole);
  assert.equal(
    await toxd.prints('graph', '--of', '2', '--descendants'),
    whole.replace(/^.*\n/, '').replaceAll('  sorted.txt from toxd/1\n', ''),
  );
  const near = await toxd.labkeep('graph', '--of', '3', '--depth', '1');
  assert.deepEqual(
    [near.code, near.stderr],
    [0, 'labkeep: more is tied to these; --depth and --limit say how much is shown\n'],
  );
  const { nodes, edges, complete } = parsed<Graph>(await toxd.labkeep('graph', '--of', '4', '--json'));
  assert.deepEqual(nodes.map(({ ref, depth }) => [ref, depth]).sort(), [
    ['toxd/1', 1],
    ['toxd/2', 2],
    ['toxd/3', 1],
    ['toxd/4', 0],
  ]);
  assert.deepEqual(edges.map(({ from, to, file }) => `${from} ${to} ${file}`).sort(), [
    `toxd/1 toxd/2 ${toxd.folder}/sorted.txt`,
    `toxd/1 toxd/4 ${toxd.folder}/sorted.txt`,
    `toxd/2 toxd/3 ${toxd.folder}/top.txt`,
    `toxd/3 toxd/4 ${toxd.folder}/copy.txt`,
  ]);
  assert.equal(complete, true);
});

test('a file that was written twice is of the last; old ties stay', async () => {
  const twice = folder('twice');
  twice.write('a', 'one\n');
  twice.write('b', 'two\n');
  await twice.run('cp', 'a', 'x');
  await twice.run('cp', 'x', 'early');
  await twice.sh('cat "$1" > x', 'b');
  await twice.run('cp', 'x', 'late');
  assert.equal(
    await twice.prints('whence', 'early', 'late'),
    `early, unchanged: made by twice/2, WHEN, on HOST
  x: made by twice/1, WHEN, on HOST
    a: no recorded origin
late, unchanged: made by twice/4, WHEN, on HOST
  x: made by twice/3, WHEN, on HOST
    b: no recorded origin
`,
  );
});

test('a file that was changed in place came from itself', async () => {
  const place = folder('place');
  await place.sh('echo w > p');
  await place.run('--in', 'p', '--', 'sed', '-i', 's/w/v/', 'p');
  assert.equal(
    await place.prints('whence', 'p'),
    `p, unchanged: made by place/2, WHEN, on HOST
  p: made by place/1, WHEN, on HOST
`,
  );
});

test('what was changed by hand is said, of the file itself and of what was read', async () => {
  const hand = folder('hand');
  await hand.sh('echo made > x');
  await hand.sh('echo other > y');
  hand.write('x', 'edited\n');
  await hand.run('cp', 'x', 'z');
  assert.equal(
    await hand.prints('whence', 'x', 'z'),
    `x, changed since: made by hand/1, WHEN, on HOST
z, unchanged: made by hand/3, WHEN, on HOST
  x: made by hand/1, WHEN, on HOST, changed before it was read
`,
  );
  hand.write('x', 'other\n');
  assert.equal(
    await hand.prints('whence', 'x'),
    `x, changed since: made by hand/1, WHEN, on HOST
  (same content was made as y by hand/2, WHEN, on HOST)
`,
  );
  appendFileSync(`${hand.folder}/y`, 'more');
  assert.equal(await hand.prints('whence', 'y'), 'y, changed since: made by hand/2, WHEN, on HOST\n');
});

test('a file that was touched, and not changed, is unchanged', async () => {
  const touched = folder('touched');
  await touched.sh('echo made > x');
  utimesSync(`${touched.folder}/x`, 0, 0);
  assert.equal(await touched.prints('whence', 'x'), 'x, unchanged: made by touched/1, WHEN, on HOST\n');
});

test('moved, copied, deleted: content tells what the name does not', async () => {
  const moved = folder('moved');
  moved.write('in', 'seed\n');
  await moved.sh('{ cat "$1"; echo grown; } > out', 'in');
  renameSync(`${moved.folder}/out`, `${moved.folder}/kept`);
  await moved.run('sort', 'kept', '-o', 'sorted');
  assert.equal(
    await moved.prints('whence', 'out', 'kept', 'sorted'),
    `out, missing: made by moved/1, WHEN, on HOST
  in: no recorded origin
kept: no recorded origin; same content was made as out by moved/1, WHEN, on HOST
  in: no recorded origin
sorted, unchanged: made by moved/2, WHEN, on HOST
  kept: same content as out, made by moved/1, WHEN, on HOST
    in: no recorded origin
`,
  );
  assert.match(await moved.prints('graph'), /\n {2}kept from moved\/1, by content\n/);
  rmSync(moved.folder, { recursive: true });
  const gone = await home.call(['whence', 'moved/sorted']);
  assert.match(
    steady(gone.stdout),
    /^moved\/sorted, missing: made by moved\/2, WHEN, on HOST\n {2}moved\/kept: same/,
  );
});

test('the same content in two places is of each that made it; a copy of it is of the last', async () => {
  const same = folder('same');
  await same.sh('echo same > one');
  await same.sh('echo same > two');
  same.write('copy', 'same\n');
  assert.equal(
    await same.prints('whence', 'one', 'two', 'copy'),
    `one, unchanged: made by same/1, WHEN, on HOST
two, unchanged: made by same/2, WHEN, on HOST
copy: no recorded origin; same content was made as two by same/2, WHEN, on HOST, and 1 more
`,
  );
});

test('a copy that was made of a file does not tell where that came from', async () => {
  const root = folder('root');
  root.write('in', 'text\n');
  await root.run('cp', 'in', 'out');
  assert.equal(await root.prints('whence', 'in'), 'in: no recorded origin\n');
});

test('an empty file is known by its name alone', async () => {
  const empty = folder('empty');
  await empty.sh(': > made');
  empty.write('other', '');
  assert.equal(
    await empty.prints('whence', 'made', 'other'),
    'made, unchanged: made by empty/1, WHEN, on HOST\nother: no recorded origin\n',
  );
});

test('a folder as an output stands for what is in it', async () => {
  const tree = folder('tree');
  tree.write('.labkeepignore', 'res/\n');
  await tree.run('--out', 'res', '--', 'sh', '-c', 'mkdir -p res/deep; echo 1 > res/deep/a');
  await tree.run('--in', 'res', '--', 'sh', '-c', 'cat res/deep/a > b');
  assert.equal(
    await tree.prints('whence', 'res', 'res/deep', 'res/deep/a'),
    `res/: made by tree/1, WHEN, on HOST
res/deep/: in res/, made by tree/1, WHEN, on HOST
res/deep/a: in res/, made by tree/1, WHEN, on HOST
`,
  );
});

test('names may hold anything; terminals, dot and svg are not steered by it', async () => {
  const odd = folder('odd');
  const name = `o'd"\\ \u001b[31m\n<&>;ü🧬$(x).txt`;
  await odd.sh('echo odd > "$1"', name);
  await odd.run('cp', name, './-dash');
  const shown = `o'd"\\ ·[31m <&>;ü🧬$(x).txt`;
  assert.equal(
    await odd.prints('whence', '--', '-dash', name),
    `-dash, unchanged: made by odd/2, WHEN, on HOST
  ${shown}: made by odd/1, WHEN, on HOST
${shown}, unchanged: made by odd/1, WHEN, on HOST
`,
  );
  const { edges } = parsed<Graph>(await odd.labkeep('graph', '--of', './-dash', '--json'));
  assert.deepEqual(
    edges.map(({ file }) => file),
    [`${odd.folder}/${name}`],
  );
  const dot = await odd.prints('graph', '--format', 'dot');
  assert.ok(dot.includes(`[label="o'd\\"\\\\ ·[31m <&amp;>;ü🧬$(x).txt"];`), dot);
  const svg = await odd.prints('graph', '--format', 'svg');
  assert.ok(svg.includes(`>o'd"\\ ·[31m &lt;&amp;&gt;;ü🧬$(x).txt</text>`), svg);
});

test('a link is followed; one that was made by a job is told of itself', async () => {
  const links = folder('links');
  await links.sh('echo x > real');
  symlinkSync('real', `${links.folder}/by-hand`);
  mkdirSync(home.path('outside'), { recursive: true });
  writeFileSync(home.path('outside', 'target'), 'unheard\n');
  await links.run('ln', '-s', '../outside/target', 'made');
  symlinkSync(links.folder, home.path('door'));
  assert.equal(
    await links.prints('whence', 'by-hand', '../door/real'),
    'real, unchanged: made by links/1, WHEN, on HOST\nreal, unchanged: made by links/1, WHEN, on HOST\n',
  );
  assert.match(await links.prints('whence', 'made'), /^made, without a digest to compare: made by links\/2/);
});

test('files of one project that another read', async () => {
  const [giver, taker] = [folder('giver'), folder('taker')];
  await giver.sh('echo x > x');
  await taker.run('cp', '../giver/x', 'y');
  assert.equal(
    await taker.prints('whence', 'y'),
    `y, unchanged: made by taker/1, WHEN, on HOST
  ~/giver/x: made by giver/1, WHEN, on HOST
`,
  );
  const graph =
    "giver/1  succeeded  sh -c 'echo x > x' sh\ntaker/1  succeeded  cp ../giver/x y\n  ~/giver/x from giver/1\n";
  assert.equal(await taker.prints('graph', '--of', 'y'), graph);
  assert.equal(await taker.prints('graph', '--of', 'giver/1'), graph);
});

test('a tie that would close a circle is shown, and not followed', async () => {
  const circle = folder('circle');
  circle.write('x', 'first\n');
  await home.call(['project', 'create', 'circle', '--dir', circle.folder]);
  const script = 'cat x > a; test -e go';
  const { ref: first } = await client().jobs.submit('circle', {
    ...{ command: ['sh', '-c', script], inputs: ['x'], outputs: ['a'], directory: circle.folder },
  });
  assert.equal((await circle.labkeep('wait', first)).code, 1);
  await circle.sh('cat "$1" > x', 'a');
  circle.write('go', '');
  await circle.labkeep('retry', first);
  assert.equal((await circle.labkeep('wait', first)).code, 0);
  assert.equal(
    await circle.prints('whence', 'x', 'a'),
    `x, unchanged: made by circle/2, WHEN, on HOST
  a: made by circle/1, WHEN, on HOST
    x: no recorded origin
a, unchanged: made by circle/1, WHEN, on HOST
  x: made by circle/2, in a circle
`,
    'each attempt read x as it was then',
  );
  assert.equal(
    await circle.prints('graph', '--of', 'x'),
    `circle/1  succeeded  sh -c '${script}'
  x from circle/2, in a circle
circle/2  succeeded  sh -c 'cat "$1" > x' sh a
  a from circle/1
`,
  );
  assert.match(await circle.prints('graph', '--format', 'svg'), /<path class="circle"/);
});

test('what is not there, and was never, is refused; the others are told of', async () => {
  const none = folder('none');
  await none.sh('echo x > x');
  const { code, stdout, stderr } = await none.labkeep('whence', 'nothing', 'x');
  assert.deepEqual(
    [code, steady(stdout), stderr],
    [
      2,
      'x, unchanged: made by none/1, WHEN, on HOST\n',
      'labkeep: There is no file nothing, and none is on record.\n  Look at its name and folder.\n',
    ],
  );
  none.write('read', 'r\n');
  await none.run('cp', 'read', 'y');
  unlinkSync(`${none.folder}/read`);
  assert.equal(await none.prints('whence', 'read'), 'read, missing: no recorded origin\n');
  assert.deepEqual(await none.labkeep('graph', '--of', './x/12'), {
    code: 0,
    stdout: '',
    stderr: 'labkeep: no job on record made or read it\n',
  });
  assert.equal((await none.labkeep('graph', '--of', '77')).code, 3);
  assert.equal((await none.labkeep('graph', '--format', 'png')).code, 2);
});

test('methods names programs in the order in which the result rests on them', async () => {
  const { code, stdout, stderr } = await home.call(['methods', 'toxd/4']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(
    stdout,
    /^toxd\/4 was obtained in 4 steps with \S+ \(toxd\/1\), \S+ \(toxd\/2, toxd\/4\) and \S+ \(toxd\/3\)\.\n$/,
  );
  const { steps } = parsed<{ steps: { ref: string }[] }>(await home.call(['methods', 'toxd/4', '--json']));
  assert.deepEqual(
    steps.map(({ ref }) => ref),
    ['toxd/1', 'toxd/2', 'toxd/3', 'toxd/4'],
  );
});

test('a project that was moved takes its files along', async () => {
  const before = folder('before');
  before.write('in', 'before it was moved\n');
  await before.run('cp', 'in', 'mid');
  await before.run('cp', 'mid', 'out');
  assert.deepEqual(await home.call(['project', 'relocate', 'before', 'elsewhere']), {
    code: 2,
    stdout: '',
    stderr: `labkeep: There is no folder ${home.path('elsewhere')}.\n  Move the folder first, then name where it is.\n`,
  });
  renameSync(before.folder, home.path('elsewhere'));
  assert.equal((await home.call(['whence', 'elsewhere/nothing'])).code, 2);
  assert.deepEqual(await home.call(['project', 'relocate', 'before', 'elsewhere']), {
    code: 0,
    stdout: '',
    stderr: 'labkeep: the folder of before is ~/elsewhere; it was ~/before\n',
  });
  const ended = await home.call(['whence', 'elsewhere/out']);
  assert.deepEqual(
    [ended.code, steady(ended.stdout)],
    [
      0,
      `elsewhere/out, unchanged: made by before/2, WHEN, on HOST
  elsewhere/mid: made by before/1, WHEN, on HOST
    elsewhere/in: no recorded origin
`,
    ],
  );
});

test('folders have names, of the server or of a project, and files move along with them', async () => {
  const data = folder('data-1');
  await home.call(['project', 'create', 'named']);
  assert.deepEqual(await home.call(['directory', 'list']), {
    code: 0,
    stdout: '',
    stderr: 'labkeep: no folders with names yet; labkeep directory add makes one\n',
  });
  assert.deepEqual(await home.call(['directory', 'add', 'DATA', 'data-1']), {
    code: 0,
    stdout: '',
    stderr: '',
  });
  await data.run('--project', 'named', '--', 'sh', '-c', 'echo x > x');
  renameSync(data.folder, home.path('data-2'));
  assert.equal((await home.call(['directory', 'add', 'DATA', 'data-2'])).code, 0);
  assert.equal((await home.call(['directory', 'list'])).stdout, 'ALIAS  FOLDER\nDATA   ~/data-2\n');
  assert.equal(
    steady((await home.call(['whence', 'data-2/x'])).stdout),
    'data-2/x, unchanged: made by named/1, WHEN, on HOST\n',
  );
  assert.deepEqual(await home.call(['directory', 'add', '-p', 'named', 'RAW', '/no/such']), {
    code: 0,
    stdout: '',
    stderr: 'labkeep: there is no folder /no/such on this machine\n',
  });
  assert.equal(
    (await home.call(['directory', 'list', '-p', 'named'])).stdout,
    'ALIAS  FOLDER\nRAW    /no/such\n',
  );
  assert.equal((await home.call(['directory', 'remove', 'DATA'])).code, 0);
  assert.deepEqual(await home.call(['directory', 'remove', 'DATA']), {
    code: 3,
    stdout: '',
    stderr:
      'labkeep: There is no directory of this name: field alias, found "DATA".\n  labkeep directory list shows those that there are.\n',
  });
  assert.equal((await home.call(['directory', 'add', 'a b', '.'])).code, 2);
  assert.match((await home.call(['whence', 'data-2/x'])).stdout, /made by named\/1/);
});
