/** One title with all that some notation reads as its own, through every way in which jobs are shown. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Graph, Job, JobList, Methods } from '@labkeep/client';
import { widthOf } from '../../src/cli/text.ts';
import { Home, type Server } from './support/labkeep.ts';
import { noTerminal, runOnTerminal } from './support/on-terminal.ts';

const odd = `R&D "it's" <b> --- \\N\\n %s {} $(x) \`y\` ]]>
next line\tafter a tab 🧬\u001b[2J\u202e end`;
/** As one line, without what would steer a terminal. */
const oneLine = `R&D "it's" <b> --- \\N\\n %s {} $(x) \`y\` ]]> next line after a tab 🧬·[2J· end`;
/** As XML has it, which knows no escape letter. */
const inXml = odd.replace('\u001b', '·');

const home = new Home();
const folder = home.path('toxd');
let server: Server;
before(async () => {
  mkdirSync(folder);
  // The title goes through the definition of a task, its parameters and its command too.
  const definition = `[task."odd.task"]
title = ${JSON.stringify(odd)}
command = ["sh", "-c", "printf %s \\"$0\\"", "{note}"]
parameters.properties.note = { description = ${JSON.stringify(odd)} }
`;
  writeFileSync(home.path('tasks.toml'), definition);
  server = await home.up(['--tasks', 'tasks.toml']);
  await prints('project', 'create', 'toxd', '--dir', folder, '--title', odd);
  const template = ['--title', odd, '--hold', '--', 'true'];
  assert.equal(await prints('submit', ...template), 'toxd/1\n');
  await prints('template', 'save', 'odd', '1');
  await prints('task', 'run', 'odd.task', '--param', `note=${odd}`, '-p', 'toxd', '--wait');
  await prints('submit', '--title', odd, '--out', 'a', '--wait', '--', 'sh', '-c', 'printf %s "$0" > a', odd);
  await home.run(['run', '--quiet', '--title', odd, '--', 'cp', 'a', 'b'], { cwd: folder });
});
after(async () => {
  assert.equal(await server.stop(), 0);
  await home.clean();
});

async function prints(...words: readonly string[]): Promise<string> {
  const env = { LABKEEP_COMPLETE_MS: '60000' };
  const { code, stdout, stderr } = await home.call(words, { cwd: folder, env });
  assert.equal(code, 0, stderr);
  return stdout;
}

const json = async <T>(...words: readonly string[]): Promise<T> =>
  JSON.parse(await prints(...words, '--json')) as T;

const linesWith = (text: string, part: string): readonly string[] =>
  text.split('\n').filter((line) => line.includes(part));

test('in lists it is one line, and steers nothing', async () => {
  const lists = [
    { words: ['jobs'], rows: 4 },
    { words: [], rows: 4 },
    { words: ['template', 'list'], rows: 1 },
    { words: ['project', 'list'], rows: 1 },
    { words: ['task', 'list'], rows: 1 },
    { words: ['graph'], rows: 2 },
  ];
  const texts = await Promise.all(lists.map(({ words }) => prints(...words)));
  for (const [at, { words, rows }] of lists.entries()) {
    const text = texts[at] ?? '';
    assert.equal(linesWith(text, oneLine).length, rows, `${words.join(' ')}\n${text}`);
    for (const part of ['\nnext line', '\u001b', '\u202e']) assert.ok(!text.includes(part), text);
  }
});

test('on a terminal a row is a line of it', { skip: noTerminal }, async () => {
  const { text } = await runOnTerminal(home, ['jobs'], { cwd: folder, columns: 60 });
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length, 5, text);
  for (const line of lines) assert.ok(widthOf(line) <= 60, line);
});

test('of one job, in the words of people', async () => {
  const [first = ''] = (await prints('show', '4')).split('\n');
  assert.ok(first.endsWith(`  ${oneLine}`), first);
  assert.ok((await prints('task', 'show', 'odd.task')).includes(oneLine));
  assert.ok((await prints('project', 'show', 'toxd')).includes(oneLine));
  // What sh leads to has another name on each system.
  const methods = (await prints('methods', '2')).replace(/ with \w*sh /, ' with sh ');
  assert.equal(methods, `toxd/2 was obtained in one step with sh (toxd/2; note ${oneLine}).\n`);
});

test('JSON has it to the letter', async () => {
  const titles = (jobs: readonly { readonly title: string | null }[]): readonly (string | null)[] =>
    jobs.map(({ title }) => title);
  assert.deepEqual(titles((await json<JobList>('jobs')).items), [odd, odd, odd, odd]);
  assert.equal((await json<Job>('show', '4')).title, odd);
  assert.deepEqual(titles((await json<Graph>('graph', '--of', '4')).nodes), [odd, odd]);
  const { steps } = await json<Methods>('methods', '4');
  assert.deepEqual(titles(steps), [odd, odd]);
  const { title } = JSON.parse(await prints('template', 'show', 'odd')) as Job;
  assert.equal(title, odd);
});

test('the log and the files have it to the byte, and the events are a line each', async () => {
  assert.equal(await prints('log', '2'), odd);
  for (const file of ['a', 'b']) assert.equal(readFileSync(`${folder}/${file}`, 'utf8'), odd);
  for (const line of (await prints('events')).trimEnd().split('\n')) assert.match(line, /^\d{4}-\d\d-\d\dT/);
});

test('a selection finds it by its words', async () => {
  assert.equal(await prints('count', `"R&D" end "it's" "\\"it's\\" <b>"`), '4\n');
});

test('Graphviz reads it as text', async () => {
  const dot = await prints('graph', '--of', '4', '--format', 'dot');
  const labels = dot
    .split('\n')
    .flatMap((line) => /^ {2}"toxd\/\d" \[label="(.*)"\];$/.exec(line)?.[1] ?? []);
  const read = labels.map((label) => {
    assert.doesNotMatch(label.replaceAll(/\\./g, ''), /"/);
    const [, title = ''] = label.split(/(?<=^[^\\]*)\\n/);
    return title.replaceAll(/\\(.)/g, '$1').replaceAll('&amp;', '&');
  });
  assert.deepEqual(read, [oneLine, oneLine]);
});

test('a drawing has it as text', async () => {
  const { texts } = markup(await prints('graph', '--of', '4', '--format', 'svg'));
  const hints = texts.filter((text) => text.startsWith('toxd/') && text.includes('\n'));
  assert.equal(hints.length, 2);
  for (const hint of hints) assert.ok(hint.includes(`\n${inXml}\n`), hint);
  assert.equal(texts.filter((text) => /^R&D .*…$/.test(text)).length, 2);
});

test('pages have it as text', async () => {
  const [letIn = ''] = /https?:\S+/.exec(server.stdout) ?? [];
  const entry = await fetch(letIn, { redirect: 'manual' });
  const cookie = entry.headers.get('set-cookie')?.split(';')[0] ?? '';
  for (const [path, least] of [
    ['', 1],
    ['/projects/toxd', 5],
    ['/projects/toxd/jobs/4', 1],
    ['/projects/toxd/jobs/2', 2],
  ] as const) {
    const page = await fetch(`${server.url}${path}`, { headers: { cookie } });
    assert.equal(page.status, 200);
    const { texts } = markup((await page.text()).replace(/^<!doctype html>\s*/i, ''));
    assert.ok(texts.filter((text) => text.includes('R&D "it\'s" <b>')).length >= least, path);
  }
});

test('what Tab offers is a line for each', async () => {
  const offered = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await prints('complete', ...words)).trimEnd().split('\n');
  const jobs = await offered('show', '');
  assert.equal(jobs.length, 4);
  for (const line of jobs) assert.match(line, /^\d\t/);
  const about = [jobs[0] ?? '', ...(await offered('submit', '--template', ''))];
  about.push(...(await offered('task', 'run', 'odd.task', '--param', '')));
  about.push(...(await offered('jobs', '-p', 'toxd')));
  assert.equal(about.length, 4);
  for (const line of about) assert.ok(line.endsWith(oneLine), line);
});

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The texts between tags; fails where a tag is not written as XML has it, or a letter is none of XML. */
function markup(source: string): { readonly texts: readonly string[] } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(source, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  const texts: string[] = [];
  for (const [at, part] of source.split(/(<[^>]*>)/).entries()) {
    if (at % 2 === 1) assert.match(part, /^<\/?[a-z][a-z0-9]*( [a-zA-Z-]+(="[^"<]*")?)*\s*\/?>$/);
    else
      texts.push(
        part.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
          assert.ok(name in entities, whole);
          return entities[name] ?? '';
        }),
      );
  }
  return { texts };
}
