/** Help: the overview, the pages of the topics, the man page; and the exit codes that they promise. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { commands } from '../../src/cli/commands.ts';
import { parseMarkdown } from '../../src/cli/pages/markdown.ts';
import { printPage } from '../../src/cli/pages/page-text.ts';
import { topics } from '../../src/cli/pages/topics.ts';
import { createProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { widthOf } from '../../src/cli/text.ts';
import { worldHere } from '../../src/cli/world.ts';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { faultTable } from '../../src/core/faults.ts';
import { readWish } from '../../src/recorder/wish.ts';
import { Home } from './support/labkeep.ts';

const home = new Home();
before(() => home.up());
after(() => home.clean());

function docs(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

function page(markdown: string, columns: number): string {
  let text = '';
  const stream = { isTTY: true, columns, write: (more: string | Uint8Array) => (text += String(more)) };
  printPage(new Terminal(stream, stream, { NO_COLOR: '1' }), markdown);
  return text;
}

test('a page of docs/ is printed as people read text, in the width of the terminal', () => {
  const markdown = `# The title

<!-- Not for readers. -->
A paragraph with \`code\`, a [link](elsewhere.md) and **weight**
on two lines, long enough to be wrapped.

* one
* two, which goes on
  in the next line, and on

1. first

\`\`\`
labkeep jobs   # as it is
\`\`\`

| name | meaning |
| --- | --- |
| \`a\\|b\` | this or that, and some more |
`;
  assert.equal(
    page(markdown, 40),
    `The title

A paragraph with code, a link and weight
on two lines, long enough to be wrapped.

  * one
  * two, which goes on in the next line,
    and on
  1. first

    labkeep jobs   # as it is

  name  meaning
  a|b   this or that, and some more
`,
  );
});

test('labkeep help TOPIC prints every topic, in lines that fit', async () => {
  for (const { name } of topics) {
    const { code, stdout, stderr } = await home.call(['help', name]);
    assert.deepEqual([code, stderr], [0, ''], name);
    const [title] = parseMarkdown(docs(`${name}.md`));
    assert.ok(title?.kind === 'heading' && stdout.startsWith(`${title.text}\n\n`), name);
    for (const line of stdout.split('\n'))
      assert.ok(widthOf(line) <= 80 || line.startsWith('    '), `${name}: ${line}`);
  }
});

test('the pages of the topics, and the man page, are shipped', () => {
  const { files, man } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  for (const { name } of topics) assert.ok(files.includes(`docs/${name}.md`), name);
  assert.ok(files.includes(man) && man === 'docs/labkeep.1');
});

test('labkeep help of what there is not says what was meant', async () => {
  const advice = '  See labkeep help --all.\n';
  assert.deepEqual(await home.call(['help', 'exit-code']), {
    code: 2,
    stdout: '',
    stderr: `labkeep: There is no command and no topic 'exit-code'; did you mean exit-codes?\n${advice}`,
  });
  assert.deepEqual(await home.call(['help', 'project', 'lst']), {
    code: 2,
    stdout: '',
    stderr: 'labkeep: There is no labkeep project lst.\n  See labkeep help project.\n',
  });
});

test('labkeep help COMMAND is what labkeep COMMAND --help prints', async () => {
  for (const words of [['jobs'], ['project', 'create'], ['run']]) {
    const asked = await home.call(['help', ...words]);
    assert.equal(asked.code, 0);
    assert.match(asked.stdout, new RegExp(`^Usage: labkeep ${words.join(' ')} `));
    assert.deepEqual(await home.call([...words, '--help']), asked);
  }
});

test('what the help of labkeep run tells, it understands', async () => {
  const program = await createProgram(
    worldHere(),
    commands.filter(({ name }) => name === 'run'),
  );
  const { options = [] } = program.commands[0] ?? {};
  assert.ok(options.length > 10);
  for (const { long = '', short, required } of options)
    for (const name of [long, short].filter((one) => one !== undefined))
      assert.deepEqual(readWish([name, ...(required ? ['1'] : []), '--', 'true']).command, ['true'], name);
});

test('the help of a command names its own options before those of the server', async () => {
  const { stdout } = await home.call(['help', 'project', 'create']);
  assert.ok(stdout.indexOf('--title') < stdout.indexOf('The server:'));
  assert.ok(stdout.indexOf('The server:') < stdout.indexOf('--server'));
});

test('the man page has every command and every topic', () => {
  const man = docs('labkeep.1');
  for (const { name, group } of commands.filter((entry) => entry.group !== null)) {
    assert.ok(man.includes(`.SH ${group?.toUpperCase()}\n`), `${group}`);
    assert.match(man, new RegExp(`^\\.SS labkeep ${name}\\b`, 'm'));
  }
  for (const { name } of topics) {
    const [title] = parseMarkdown(docs(`${name}.md`));
    assert.ok(title?.kind === 'heading' && man.includes(`.SH ${title.text.toUpperCase()}\n`), name);
  }
});

test('every exit code is reached as its page says', async () => {
  await home.call(['project', 'create', 'toxd']);
  await home.call(['submit', '-p', 'toxd', '--', 'sh', '-c', 'exit 9']);
  const reached = new Map<number, number | null>();
  const lines: readonly (readonly [number, readonly string[], Record<string, string>?])[] = [
    [0, ['status']],
    [1, ['wait', 'toxd/1']],
    [2, ['jobs', '--limit', 'many']],
    [3, ['show', 'toxd/99']],
    [4, ['status'], { LABKEEP_TOKEN: 'wrong' }],
    [5, ['project', 'create', 'toxd']],
    [6, ['status'], { LABKEEP_SERVER: 'http://127.0.0.1:9' }],
  ];
  for (const [code, args, env = {}] of lines) reached.set(code, (await home.call(args, { env })).code);
  assert.deepEqual(reached, new Map(exitCodes.map(({ code }) => [code, code])));
  const promised = new Set<number>(exitCodes.map(({ code }) => code));
  for (const [name, { exit }] of Object.entries(faultTable)) assert.ok(promised.has(exit) && exit > 0, name);
});
