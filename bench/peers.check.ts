import { parseArgs } from 'node:util';
import { drainPeer, latencyOfPeer, peerNames, peerUnavailable } from './support/peers.ts';
import { type ContestantRuns, contestTable } from './support/table.ts';

/*
 * Shows that each peer runs here: `node bench/peers.check.ts`, small by default. Not a test, and its figures mean
 * little unless --jobs and --samples are raised (20000 and 200 are the bench's).
 */
const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2000' },
    samples: { type: 'string', default: '10' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

const only = values.only;
const chosen = only === undefined ? peerNames : peerNames.filter((name) => name.includes(only));
const contestants: ContestantRuns[] = [];
for (const name of chosen) {
  const unavailable = peerUnavailable(name);
  if (unavailable !== undefined) {
    console.error(`${name}: ${unavailable}`);
    process.exitCode = 1;
    continue;
  }
  const drains = [];
  const latencies = [];
  for (let run = 0; run < Number(values.runs); run += 1) {
    drains.push(await drainPeer(name, Number(values.jobs)));
    latencies.push(await latencyOfPeer(name, Number(values.samples)));
  }
  contestants.push({ name, drains, latencies });
}
const [reference] = contestants;
if (reference !== undefined) console.log(contestTable(contestants, reference.name));
