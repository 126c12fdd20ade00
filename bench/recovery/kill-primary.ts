import { setTimeout as delay } from 'node:timers/promises';
import { PostgresPair } from '../../tests/support/postgres-pair.ts';
import { clientOf, instant, LabkeepHome } from '../support/labkeep-home.ts';
import { Repeated } from './repeated.ts';

const project = 'recovery';
const msMax = 60_000;

export interface Promoted {
  /** From the end of the primary until its standby has said that it is one. */
  readonly promotionMs: number;
  /** From there to the answer to the first write that was asked for after the end of the primary. */
  readonly writtenMs: number;
}

/** PostgreSQL’s primary is killed under a server that writes; its synchronous standby is promoted at once. */
export async function killPrimary(): Promise<Promoted> {
  await using started = new AsyncDisposableStack();
  const pair = await PostgresPair.start({ synchronous: true, fsync: true });
  started.defer(() => pair.stop());
  const home = started.use(new LabkeepHome());
  await home.start(['--storage', pair.url()]);
  const client = clientOf(home.folder);
  await client.projects.create({ name: project });
  const writes = started.use(
    new Repeated(async (signal) => {
      await client.jobs.submit(project, { task: 'nothing' }, { signal });
      return true;
    }),
  );
  await delay(500 + Math.random() * 500);

  const killedAt = instant();
  await pair.primary.kill9();
  await pair.promote();
  const promotedAt = instant();
  const writtenAt = await writes.firstAfter(killedAt, msMax);
  return { promotionMs: promotedAt - killedAt, writtenMs: writtenAt - promotedAt };
}
