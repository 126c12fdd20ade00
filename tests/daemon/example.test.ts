/** What a newcomer sees first: the example, computed once; and the demo, which cleans up after itself. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Job } from '@labkeep/client';
import { Home } from '../cli/support/labkeep.ts';

const home = new Home();
after(() => home.clean());

const table = `Project ppcp1: Yersinia pestis plasmid pPCP1, 9,609 bp
 1 extract-cds   succeeded  10 CDS
 2 translate     succeeded  10 proteins
 3 composition   succeeded  GC 45.3 %, gc-skew.svg
 4 codon-usage   succeeded
 5 restriction   FAILED     unknown enzyme "EcoR1" (did-you-mean: EcoRI)
 6 restriction   succeeded  EcoRI: 3 sites (rerun of 5)
 7 report        succeeded  report.html
`;
const farewell = `Next, in another terminal:
  bin/labkeep run -- sort README.md -o sorted.txt
Ctrl-C stops; nothing recorded is lost.
`;

test('up --example shows its seven jobs, and the second start does not compute them again', async () => {
  const first = await home.up(['--example']);
  await first.says(/Ctrl-C/);
  const [greeting = '', data = '', ...rest] = first.stdout.split(/(?<=\n)/);
  assert.match(greeting, /^Labkeep \d+\.\d+ {2}http:\/\/127\.0\.0\.1:\d+\/\?c=\w+ {2}\(code works once\)\n$/);
  assert.match(data, /^Data ~\/data \(SQLite\) {3}Worker: [1-4] slots?, your jobs only\n$/);
  assert.equal(rest.join(''), table + farewell);
  assert.equal(first.stderr, '');
  const report = home.path('data', 'example', 'ppcp1', 'report.html');
  assert.match(readFileSync(report, 'utf8'), /9,609/);
  const before = await home.call(['jobs', '-p', 'ppcp1', '--json']);
  const sixth = JSON.parse((await home.call(['show', 'ppcp1/6', '--json'])).stdout) as Job;
  assert.deepEqual([sixth.rerunOf, sixth.state], ['ppcp1/5', 'succeeded']);
  assert.equal(await first.stop('SIGINT'), 0);

  const second = await home.up(['--example']);
  await second.says(/Ctrl-C/);
  assert.equal(
    second.stdout
      .split(/(?<=\n)/)
      .slice(2)
      .join(''),
    table + farewell,
  );
  const after = await home.call(['jobs', '-p', 'ppcp1', '--json']);
  const items = (text: string): unknown => (JSON.parse(text) as { readonly items: unknown }).items;
  assert.deepEqual(items(after.stdout), items(before.stdout));
  assert.equal(await second.stop('SIGINT'), 0);
});

test('an example that was cut short is finished by the next start', async () => {
  const data = home.path('cut');
  const first = await home.up(['--example', '--data', data]);
  await first.says(/ 1 extract-cds/);
  assert.equal(await first.stop('SIGKILL'), 'SIGKILL');
  const second = await home.up(['--example', '--data', data]);
  await second.says(/Ctrl-C/);
  assert.equal(
    second.stdout
      .split(/(?<=\n)/)
      .slice(2)
      .join(''),
    table + farewell,
  );
  assert.equal(await second.stop(), 0);
});

test('the demo ends by itself, checks what came out, and leaves nothing', async () => {
  const temporary = home.path('data');
  const { code, stdout, stderr } = await home.run(['demo'], { env: { TMPDIR: temporary } });
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, `${table}All as it should be: 16 checks passed.\n`);
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith('labkeep-demo')),
    [],
  );
  assert.ok(!existsSync(home.path('.local')), 'it does not touch the user’s own data');
});
