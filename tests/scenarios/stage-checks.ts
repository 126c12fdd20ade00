/** What must be true of servers and workers when the last scenario is over. Stops them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Check } from '../crash-loop/checks.ts';
import { labkeep } from '../crash-loop/processes.ts';
import { faultsOf, isFault } from '../crash-loop/record.ts';
import { plainEnv, tokenOf } from '../crash-loop/servers.ts';
import type { Stage } from './stage.ts';

export async function checkStage(stage: Stage): Promise<readonly Check[]> {
  const { servers, workers } = stage;
  const unsound = await verify(stage);
  const stops = await stage.stop();
  const processes = [...servers.map(({ process }) => process), ...workers];
  return [
    { name: 'the record is sound', breaches: unsound },
    { name: 'no server met a fault of its own', breaches: servers.flatMap(({ data }) => faultsOf(data)) },
    {
      name: 'no process ended by itself',
      breaches: processes.flatMap(({ faults }) => faults).filter(isFault),
    },
    { name: 'every process stopped when it was asked to', breaches: stops },
  ];
}

/** What `labkeep verify` finds. */
async function verify({ servers: [server] }: Stage): Promise<readonly string[]> {
  if (server === undefined) return ['no server'];
  const env = { ...plainEnv(), LABKEEP_SERVER: server.url, LABKEEP_TOKEN: tokenOf(server) };
  const ended = promisify(execFile)(labkeep, ['verify'], { env });
  const code = await ended.then(
    () => 0,
    (error: { readonly code: number }) => error.code,
  );
  return code === 0 ? [] : [`labkeep verify ended with ${code}`];
}
