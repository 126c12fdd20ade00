/** Where a file came from, a line for every file, indented below what was made from it. */
import type { FileMaker } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { nameHere } from '../here.ts';
import { timeText } from '../job-view.ts';
import { plain } from '../text.ts';
import { type Ancestry, type Step, type StepInput, stepKey } from './ancestry.ts';
import type { Answer } from './answer.ts';
import type { Comparison } from './look.ts';

const states: Readonly<Record<Comparison, string>> = {
  unchanged: 'unchanged',
  changed: 'changed since',
  missing: 'missing',
  unknown: 'not compared',
};

export function printOrigin(cli: Cli, answer: Answer): void {
  const { path, now, madeBy, state, within, sameContent } = answer;
  const name = shown(cli, path);
  const called = now.kind === 'directory' ? `${name}/` : name;
  if (madeBy !== null) {
    const what = state === null || state === 'unknown' ? noteOf(answer) : `, ${states[state]}`;
    const folder = within === null ? '' : `in ${shown(cli, within)}/, `;
    cli.terminal.out(`${cli.terminal.paint(called, 'bold')}${what}: ${folder}${makerText(cli, madeBy)}`);
  } else {
    const gone = now.kind === 'missing' ? ', missing' : '';
    cli.terminal.out(`${cli.terminal.paint(called, 'bold')}${gone}: no recorded origin`);
  }
  const depth = printCopies(cli, answer, sameContent) && madeBy === null ? 2 : 1;
  printInputs(cli, answer.inputs, answer.ancestry, depth);
}

function noteOf({ now, within }: Answer): string {
  if (now.kind === 'missing') return ', missing';
  if (within !== null || now.kind !== 'file') return '';
  return ', without a digest to compare';
}

/** Who made what the file now holds, or held: of use where it is not what its maker left. */
function printCopies(cli: Cli, { madeBy, state }: Answer, copies: readonly FileMaker[]): boolean {
  const [copy] = copies;
  if (copy === undefined || (madeBy !== null && state !== 'changed' && state !== 'missing')) return false;
  const others = copies.length > 1 ? `, and ${copies.length - 1} more` : '';
  cli.terminal.out(`  same content: ${shown(cli, copy.path)}, ${makerText(cli, copy)}${others}`);
  return true;
}

interface Line {
  readonly input: StepInput;
  readonly depth: number;
}

function printInputs(cli: Cli, first: readonly StepInput[], ancestry: Ancestry, depth: number): void {
  const told = new Set<string>();
  const open: Line[] = first.map((input) => ({ input, depth })).toReversed();
  for (let line = open.pop(); line !== undefined; line = open.pop()) {
    const { input, depth: at } = line;
    const key = input.madeBy === null ? null : stepKey(input.madeBy);
    const step = key === null ? undefined : ancestry.get(key);
    cli.terminal.out(`${'  '.repeat(at)}${lineOf(cli, input, step, key !== null && told.has(key))}`);
    if (key === null || step === undefined || told.has(key)) continue;
    told.add(key);
    open.push(...step.inputs.map((next) => ({ input: next, depth: at + 1 })).toReversed());
  }
}

function lineOf(cli: Cli, input: StepInput, step: Step | undefined, wasTold: boolean): string {
  const name = shown(cli, input.path);
  const { madeBy } = input;
  if (madeBy === null) return `${name}: no recorded origin`;
  if (step === undefined)
    return `${name}: made by ${madeBy.ref}${madeBy.cyclic ? ', in a circle' : ', and so on'}`;
  const source = sourceOf(input, step);
  const copy = source === null ? '' : `same content as ${shown(cli, source)}, `;
  const edited = wasEdited(input, step) ? ', changed before it was read' : '';
  const who = wasTold ? `made by ${madeBy.ref}, as above` : makerText(cli, step);
  return `${name}: ${copy}${who}${edited}`;
}

/** Of an input known by its content: where this was made. */
function sourceOf({ madeBy, sha256 }: StepInput, { outputs }: Step): string | null {
  if (madeBy?.by !== 'content') return null;
  return outputs.find((output) => output.sha256 === sha256)?.path ?? null;
}

function wasEdited({ path, madeBy, sha256 }: StepInput, { outputs }: Step): boolean {
  const made = outputs.find((output) => output.path === path)?.sha256 ?? null;
  return madeBy?.by === 'path' && sha256 !== null && made !== null && made !== sha256;
}

function makerText(cli: Cli, { ref, finishedAt, host }: Pick<Step, 'ref' | 'finishedAt' | 'host'>): string {
  const when = finishedAt === null ? '' : `, ${timeText(cli, finishedAt)}`;
  return `made by ${ref}${when}${host === null ? '' : `, on ${plain(host)}`}`;
}

function shown({ folder }: Cli, path: string): string {
  return plain(nameHere(folder, path));
}
