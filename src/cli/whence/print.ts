/** Where a file came from, a line for every file, indented below what was made from it. */
import type { FileMaker } from '@labkeep/client';
import type { Cli } from '../cli.ts';
import { nameHere } from '../here.ts';
import { timeText } from '../job-view.ts';
import { plain } from '../text.ts';
import { type Ancestry, type Step, type StepInput, stepKey } from './ancestry.ts';
import type { Answer } from './answer.ts';
import type { Comparison } from './look.ts';

const states: Readonly<Record<Exclude<Comparison, 'unknown'>, string>> = {
  unchanged: 'unchanged',
  changed: 'changed since',
  missing: 'missing',
};

export function printOrigin(cli: Cli, answer: Answer): void {
  const { path, now, sameContent, inputs, ancestry } = answer;
  const name = shown(cli, path, now.kind === 'directory');
  cli.terminal.out(`${cli.terminal.paint(name, 'bold')}${stateOf(answer)}: ${originText(cli, answer)}`);
  const isKnown = answer.state === 'changed' || answer.state === 'missing';
  if (isKnown && sameContent.length > 0) cli.terminal.out(`  (${copiesText(cli, sameContent)})`);
  printInputs(cli, inputs, ancestry);
}

function stateOf({ now, madeBy, within, state }: Answer): string {
  if (state !== null && state !== 'unknown') return `, ${states[state]}`;
  if (now.kind === 'missing') return ', missing';
  return madeBy !== null && within === null && now.kind === 'file' ? ', without a digest to compare' : '';
}

function originText(cli: Cli, { madeBy, within, sameContent }: Answer): string {
  if (madeBy !== null)
    return `${within === null ? '' : `in ${shown(cli, within, true)}, `}${makerText(cli, madeBy)}`;
  return `no recorded origin${sameContent.length === 0 ? '' : `; ${copiesText(cli, sameContent)}`}`;
}

function copiesText(cli: Cli, copies: readonly FileMaker[]): string {
  const [copy] = copies;
  if (copy === undefined) return '';
  const more = copies.length > 1 ? `, and ${copies.length - 1} more` : '';
  return `same content was made as ${shown(cli, copy.path)} by ${byText(cli, copy)}${more}`;
}

interface Line {
  readonly input: StepInput;
  readonly depth: number;
}

function printInputs(cli: Cli, first: readonly StepInput[], ancestry: Ancestry): void {
  const told = new Set<string>();
  const open: Line[] = first.map((input) => ({ input, depth: 1 })).toReversed();
  for (let line = open.pop(); line !== undefined; line = open.pop()) {
    const { input, depth: at } = line;
    const key = input.madeBy === null || input.madeBy.cyclic ? null : stepKey(input.madeBy);
    const step = key === null ? undefined : ancestry.get(key);
    cli.terminal.out(`${'  '.repeat(at)}${lineOf(cli, input, step, key !== null && told.has(key))}`);
    if (key === null || step === undefined || told.has(key)) continue;
    told.add(key);
    open.push(...step.inputs.map((next) => ({ input: next, depth: at + 1 })).toReversed());
  }
}

function lineOf(cli: Cli, input: StepInput, step: Step | undefined, wasTold: boolean): string {
  const name = shown(cli, input.path, input.kind === 'directory');
  const { madeBy } = input;
  if (madeBy === null) return `${name}: no recorded origin`;
  if (step === undefined)
    return `${name}: made by ${madeBy.ref}${madeBy.cyclic ? ', in a circle' : ', and so on'}`;
  const source = sourceOf(input);
  const copy = source === null ? '' : `same content as ${shown(cli, source)}, `;
  const edited = wasEdited(input) ? ', changed before it was read' : '';
  const who = wasTold ? `made by ${madeBy.ref}, as above` : makerText(cli, step);
  return `${name}: ${copy}${who}${edited}`;
}

/** Of an input known by its content: where this was made. */
function sourceOf({ madeBy, source }: StepInput): string | null {
  return madeBy?.by === 'content' ? (source?.path ?? null) : null;
}

function wasEdited({ madeBy, sha256, source }: StepInput): boolean {
  const made = source?.sha256 ?? null;
  return madeBy?.by === 'path' && sha256 !== null && made !== null && made !== sha256;
}

function makerText(cli: Cli, made: Made): string {
  return `made by ${byText(cli, made)}`;
}

type Made = Pick<Step, 'ref' | 'finishedAt' | 'host'>;

function byText(cli: Cli, { ref, finishedAt, host }: Made): string {
  const when = finishedAt === null ? '' : `, ${timeText(cli, finishedAt)}`;
  return `${ref}${when}${host === null ? '' : `, on ${plain(host)}`}`;
}

function shown({ folder }: Cli, path: string, isFolder = false): string {
  const name = plain(nameHere(folder, path));
  return isFolder && !name.endsWith('/') ? `${name}/` : name;
}
