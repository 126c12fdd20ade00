/** From the submission of a job to the start of its handler, in a worker that has nothing else to do. */
import { contest, latencyContender, latencyPeerContender, referenceAmong } from '../support/contest.ts';
import { printFigures } from '../support/machine.ts';
import type { PeerName } from '../support/peers.ts';
import { contestTable } from '../support/table.ts';
import { isChosen, type Topic } from './topic.ts';

const overHttp = new URL('../labkeep/over-http.ts', import.meta.url);
const ownWorker = new URL('../labkeep/worker.ts', import.meta.url);
const peers: readonly PeerName[] = ['BullMQ, fsync each second', 'BullMQ, fsync always'];

export const latency: Topic = {
  name: 'latency',
  summary: 'from submission to the start of the handler, beside BullMQ',
  async run(options) {
    const samples = options.samples ?? (options.smoke ? 5 : 200);
    const runs = options.runs ?? (options.smoke ? 1 : 3);
    const contenders = [
      latencyContender(
        'Labkeep, HTTP, bare protocol',
        { script: overHttp, variant: '10/1', store: 'labkeep' },
        samples,
      ),
      latencyContender('Labkeep, HTTP, its own worker', { script: ownWorker, store: 'labkeep' }, samples),
      ...(options.smoke ? [] : peers.map((name) => latencyPeerContender(name, samples))),
    ].filter(({ name }) => isChosen(name, options));
    const outcomes = (await contest(contenders, runs)).map(({ figures, ...rest }) => ({
      ...rest,
      drains: [],
      latencies: figures,
    }));
    const reference = referenceAmong(outcomes, []);
    if (reference === null) throw new Error('nobody was measured');
    printFigures(
      `Latency: ${samples} jobs, one at a time, medians of ${runs}`,
      contestTable(outcomes, reference),
    );
  },
};
