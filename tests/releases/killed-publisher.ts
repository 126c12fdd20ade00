/** A publisher that is killed at the beginning of a step: `ROOT RELEASE FROM EPOCH STEP [move]`. */
import { appendFileSync } from 'node:fs';
import { publish } from '../../src/releases/publish.ts';

const [root = '', release = '', from = '', epoch = '', step = '', move = ''] = process.argv.slice(2);
const note = (what: string) => async (): Promise<void> => appendFileSync(`${root}.record`, `${what}\n`);
await publish(
  { root, release, from, move: move === 'move', epoch: Number(epoch) },
  { begin: note('begin'), publish: note('publish'), drop: note('drop'), confirm: note('confirm') },
  {
    signal: null,
    report: (at) => {
      if (at === step) process.kill(process.pid, 'SIGKILL');
    },
  },
);
