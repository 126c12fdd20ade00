import { parseArgs } from 'node:util';
import { claim } from './topics/claim.ts';
import { crowd } from './topics/crowd.ts';
import { idle } from './topics/idle.ts';
import { latency } from './topics/latency.ts';
import { list } from './topics/list.ts';
import { locks } from './topics/locks.ts';
import { provenance } from './topics/provenance.ts';
import { queue } from './topics/queue.ts';
import { recovery } from './topics/recovery.ts';
import { run } from './topics/run.ts';
import { select } from './topics/select.ts';
import { servers } from './topics/servers.ts';
import type { BenchOptions } from './topics/topic.ts';
import { xmlrpc } from './topics/xmlrpc.ts';

const topics = [
  queue,
  latency,
  list,
  select,
  claim,
  idle,
  run,
  provenance,
  locks,
  xmlrpc,
  recovery,
  servers,
  crowd,
];

const help = `npm run bench -- TOPIC… [options]

${topics.map(({ name, summary }) => `  ${name.padEnd(11)}${summary}`).join('\n')}
  all      each of them, one after another

  --jobs N      how many jobs, where a topic is about many
  --runs R      how often each contestant is measured
  --samples S   how often one act is measured
  --only NAME   only contestants whose name contains this; may be repeated
  --smoke       everything tiny, Labkeep only: shows that the benches run

docs/benchmarks.md says what is measured, and how.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string' },
    runs: { type: 'string' },
    samples: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const options: BenchOptions = {
  jobs: numberOf('jobs'),
  runs: numberOf('runs'),
  samples: numberOf('samples'),
  only: values.only,
  smoke: values.smoke,
};
const isAll = positionals.includes('all') || (options.smoke && positionals.length === 0);
const unknown = positionals.filter((name) => name !== 'all' && !topics.some((topic) => topic.name === name));
const chosen = topics.filter(({ name }) => isAll || positionals.includes(name));

if (unknown.length > 0 || values.help || chosen.length === 0) {
  for (const name of unknown) console.error(`There is no topic "${name}".\n`);
  console.log(help);
  process.exitCode = unknown.length > 0 ? 1 : 0;
} else {
  for (const topic of chosen) await topic.run(options);
}

function numberOf(name: 'jobs' | 'runs' | 'samples'): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} is a number from 1, not "${text}"`);
  return Number(text);
}
