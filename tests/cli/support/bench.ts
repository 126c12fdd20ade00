/** Folders in which commands are run and recorded, one for each test. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Ended, Home } from './labkeep.ts';

/** A folder, and so a project, of its own for each test. */
export class Bench {
  readonly folder: string;
  readonly #home: Home;

  constructor(home: Home, name: string) {
    this.#home = home;
    this.folder = home.path(name);
    mkdirSync(this.folder, { recursive: true });
  }

  write(name: string, text: string): void {
    writeFileSync(`${this.folder}/${name}`, text);
  }

  /** Runs a command, recorded; nothing is said. Answers with the job. */
  async run(...words: readonly string[]): Promise<string> {
    const options = words.includes('--') ? words : ['--', ...words];
    const ended = await this.labkeep('run', '--json', ...options);
    assert.equal(ended.code, 0, ended.stderr);
    return (JSON.parse(ended.stderr) as { readonly ref: string }).ref;
  }

  /** The same of a line of the shell; the files that it reads are named after it. */
  sh(line: string, ...files: readonly string[]): Promise<string> {
    return this.run('sh', '-c', line, 'sh', ...files);
  }

  labkeep(...words: readonly string[]): Promise<Ended> {
    return this.#home.call(words, { cwd: this.folder });
  }

  /** What a command prints, without what differs from time to time. */
  async prints(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.labkeep(...words);
    assert.deepEqual([code, stderr], [0, '']);
    return steady(stdout);
  }
}

/** Without what differs from time to time, and from machine to machine. */
export function steady(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'WHEN').replaceAll(`on ${hostname()}`, 'on HOST');
}
