/** Every command line of the README is run; those that other pages name exist, with the options they are given. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import type { Command } from 'commander';
import { commands } from '../../src/cli/commands.ts';
import { parseMarkdown } from '../../src/cli/pages/markdown.ts';
import { topics } from '../../src/cli/pages/topics.ts';
import { createProgram } from '../../src/cli/program.ts';
import { worldHere } from '../../src/cli/world.ts';
import { type Ended, Home } from './support/labkeep.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const home = new Home();
const children = new Set<ChildProcess>();
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await home.clean();
});

/** A block is of commands if its first line is one; others show what a command prints. */
const isCommand = (line: string): boolean => /^(\w+=\S+ )?(bin\/)?(labkeep|npm) /.test(line);
const blocks = parseMarkdown(readme).flatMap((block) => (block.kind === 'code' ? [block.lines] : []));
const lines = blocks.flatMap((block) => (isCommand(block[0] ?? '') ? block : []));

function start(command: string, words: readonly string[], cwd: string, env: Record<string, string>): Started {
  const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  return new Started(child);
}

class Started {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #heard = Promise.withResolvers<void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.#heard.resolve();
        this.#heard = Promise.withResolvers<void>();
      });
    this.#ended = once(child, 'close').then(([code]: (number | null)[]) => {
      children.delete(child);
      this.#heard.resolve();
      return code ?? null;
    });
  }

  async says(what: RegExp): Promise<void> {
    const over = this.#ended.then(() => 'over');
    while (!what.test(this.stdout + this.stderr))
      if (
        (await Promise.race([this.#heard.promise, over])) === 'over' &&
        !what.test(this.stdout + this.stderr)
      )
        throw new Error(`it ended without ${what}: ${this.stdout}${this.stderr}`);
  }

  async ended(): Promise<Ended> {
    return { code: await this.#ended, stdout: this.stdout, stderr: this.stderr };
  }

  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }
}

test('every command line of the README does what it says', async () => {
  assert.ok(lines.length >= 10, 'the README has command lines');
  // Named like the checkout whose README shows what is said of it.
  const folder = home.path('labkeep');
  mkdirSync(folder);
  symlinkSync(join(root, 'bin'), join(folder, 'bin'));
  copyFileSync(join(root, 'README.md'), join(folder, 'README.md'));
  const path = `${join(root, 'bin')}${delimiter}${process.env.PATH}`;
  const env = home.env({ PATH: path, USER: process.env.USER ?? 'somebody' });

  const server = start('npm', ['start', '--', '--listen', '127.0.0.1:0'], root, env);
  await server.says(/Ctrl-C stops/);
  const url = /http:\/\/[\d.:]+/.exec(server.stdout)?.[0] ?? '';
  const shown = blocks.find(([first]) => first?.startsWith('Labkeep ')) ?? [];
  assert.ok(shown.length > 5 && server.stdout.includes(`${shown.slice(2).join('\n')}\n`), server.stdout);

  const spans = (text: string): string => text.replaceAll(/\d[\d.]* s\b/g, 'SPAN');
  const said = blocks.filter(([first]) => first?.startsWith('labkeep: ')).map((block) => block.join('\n'));
  let heard = '';
  let token = '';
  for (const line of lines) {
    // The server runs already; the tests are under way.
    if (line === 'npm ci && npm start' || line === 'npm ci && npm test') continue;
    const here = line.replace('LABKEEP_TOKEN=…', `LABKEEP_TOKEN=${token}`).replace(/https:\/\/\S+/, url);
    const running = start('sh', ['-c', `exec env ${here}`], folder, env);
    if (/labkeep worker /.test(line)) {
      await running.says(/asks http\S+ for work/);
      assert.equal(await running.stop(), 0, line);
      continue;
    }
    const { code, stdout, stderr } = await running.ended();
    assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
    heard += stderr;
    if (/labkeep token create /.test(line)) token = stdout.trim();
  }
  assert.equal(said.length, 1);
  for (const text of said) assert.ok(spans(heard).includes(`${spans(text)}\n`), heard);
  assert.equal(await server.stop(), 0);
});

test('every command that a page names exists, with its options', async () => {
  const program = await createProgram(worldHere(), commands);
  const pages = ['README.md', ...topics.map(({ name }) => `docs/${name}.md`)];
  let found = 0;
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, words = ''] of text.matchAll(/(?:^|[`/(]| \| )labkeep ([a-z][^`\n]*)/gm)) {
      found += 1;
      check(program, words.replace(/ #.*/, '').split(' '), `${page}: labkeep ${words}`);
    }
  }
  assert.ok(found > 15, `${found}`);
});

function check(program: Command, words: readonly string[], where: string): void {
  let command = program;
  for (const word of words) {
    if (word === '--') return;
    const inner = command.commands.find((one) => one.name() === word);
    if (inner !== undefined) command = inner;
    else if (command === program) assert.fail(where);
    else if (/^--?\w(=|$)|^--\w/.test(word)) {
      const name = word.split('=')[0];
      assert.ok(
        command.options.some(({ long, short }) => name === long || name === short) || name === '--help',
        `${where}: ${word}`,
      );
    }
  }
}
