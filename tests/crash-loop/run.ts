/**
 * `npm run crash-loop -- --seconds 60 --storage sqlite|postgres [--seed N]`: kills −9 whatever there is, at random,
 * and checks that nothing acknowledged was lost and nothing was done twice. The moments of the kills are those of
 * the seed; what the machine does between them is not.
 */
import { parseArgs } from 'node:util';
import { crashLoop } from './crash-loop.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    storage: { type: 'string', default: 'sqlite' },
    seed: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const { storage } = values;
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed) || (storage !== 'sqlite' && storage !== 'postgres')) {
  process.stderr.write('usage: crash-loop [--seconds N] [--storage sqlite|postgres] [--seed N]\n');
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`crash loop on ${storage}, ${seconds} s, seed ${seed}`);
const checks = await crashLoop({ seconds, storage, seed, say });
for (const { name, breaches } of checks) {
  say(`${breaches.length === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
  for (const breach of breaches.slice(0, 10)) say(`          ${breach}`);
}
const failed = checks.filter(({ breaches }) => breaches.length > 0).length;
say(`${checks.length - failed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
