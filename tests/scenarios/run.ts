/**
 * `npm run scenarios -- [--seconds N] [NAME…]`: plays the nine scenarios, or those named, one after another on the same
 * servers, with three phases of so many seconds each; then says what must be true and is not.
 */
import { parseArgs } from 'node:util';
import type { Check } from '../crash-loop/checks.ts';
import { type Outcome, play } from './play.ts';
import { scenarios } from './scenarios.ts';
import { Stage } from './stage.ts';
import { checkStage } from './stage-checks.ts';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '20' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const wanted = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const unknown = positionals.filter((name) => !scenarios.some((it) => it.name === name));
if (!(seconds > 0) || unknown.length > 0) {
  const names = scenarios.map(({ name }) => name).join(', ');
  process.stderr.write(`usage: scenarios [--seconds N] [NAME…], of ${names}\n`);
  process.exit(2);
}

const columns = [
  ['scenario', (it: Outcome) => it.name],
  ['jobs', (it: Outcome) => String(it.jobs)],
  ['lost', (it: Outcome) => String(it.lost)],
  ['before/s', (it: Outcome) => it.before.toFixed(0)],
  ['during/s', (it: Outcome) => it.during.toFixed(0)],
  ['after/s', (it: Outcome) => it.after.toFixed(0)],
  ['recovery', (it: Outcome) => `${((100 * it.after) / it.before).toFixed(0)} %`],
  ['back ms', (it: Outcome) => String(it.backMs)],
  ['dead made', (it: Outcome) => String(it.deadMade)],
  ['in trouble', (it: Outcome) => String(it.deadDuring)],
  ['at the end', (it: Outcome) => String(it.deadAfter)],
  ['MB', (it: Outcome) => (it.bytes / 1e6).toFixed(1)],
] as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const line = (cells: readonly string[]): string =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(11))).join('');

await using stage = await Stage.start();
say(line(columns.map(([title]) => title)));
const checks: Check[] = [];
for (const scenario of wanted) {
  const outcome = await play(stage, scenario, seconds * 1_000);
  say(line(columns.map(([, cell]) => cell(outcome))));
  checks.push(...outcome.checks.map((check) => ({ ...check, name: `${scenario.name}: ${check.name}` })));
}
checks.push(...(await checkStage(stage)));
const failed = checks.filter(({ breaches }) => breaches.length > 0);
for (const { name, breaches } of failed) {
  say(`FAILED  ${name}`);
  for (const breach of breaches.slice(0, 10)) say(`          ${breach}`);
}
say(`${checks.length - failed.length} checks passed, ${failed.length} failed`);
if (failed.length > 0) process.exitCode = 1;
