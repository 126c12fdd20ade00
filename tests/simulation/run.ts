/**
 * `npm run simulate -- [--seeds N] [--from S]`: plays simulations, each from its seed alone, and stops at the first that
 * shows what must never be; Ctrl-C ends it after the one that is played. `--seed S [--trace]` plays one again, exactly
 * as it was; `--plant NAME` with a bug put in.
 */
import { parseArgs } from 'node:util';
import { plants } from './plants.ts';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    plant: { type: 'string' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const plant = plants.find(({ name }) => name === values.plant) ?? null;
if (!Number.isInteger(from) || !(count > 0) || (values.plant !== undefined && plant === null)) {
  process.stderr.write('usage: simulate [--seeds N] [--from S] [--seed S] [--trace] [--plant NAME]\n');
  process.exit(2);
}

let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

const totals = { seeds: 0, steps: 0, jobs: 0, runs: 0, mishaps: 0, virtualMs: 0 };
const began = performance.now();
for (let seed = from; seed < from + count && !stopped; seed++) {
  totals.seeds += 1;
  const outcome = await simulate({ seed, plant, trace: values.trace ? say : undefined });
  for (const name of ['steps', 'jobs', 'runs', 'mishaps', 'virtualMs'] as const)
    totals[name] += outcome[name];
  if (outcome.breach !== null) {
    const { what, step, atMs } = outcome.breach;
    say(`seed ${seed}: ${what} (step ${step}, after ${atMs} ms, on ${outcome.weather.storage})`);
    say(`to see it again: npm run simulate -- --seed ${seed} --trace`);
    process.exitCode = 1;
    break;
  }
}
const { seeds, steps, jobs, runs, mishaps, virtualMs } = totals;
say(
  `${seeds} seeds, ${steps} steps, ${jobs} jobs, ${runs} runs, ${mishaps} mishaps in ${Math.round(virtualMs / 60_000)} simulated minutes; took ${Math.round((performance.now() - began) / 1_000)} s`,
);
