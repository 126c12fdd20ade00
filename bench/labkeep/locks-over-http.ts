/** Locks over HTTP: a server in a process of its own, and here its client, with sessions that it opened. */
import type { LabkeepClient, Lock } from '@labkeep/client';
import { version } from '../../src/cli/version.ts';
import { clientOf } from '../support/labkeep-home.ts';
import { addDatabases, rivalSet, sharedSet } from '../support/lock-sets.ts';
import { type LockContestant, type LockUser, runLocksAsChild } from '../support/measure-locks.ts';

async function overHttp(connection: string, variant: string): Promise<LockContestant> {
  const client = clientOf(connection);
  await addDatabases((name) => client.databases.add({ name, kind: 'external' }));
  const users = (many: number, setOf: (index: number) => readonly string[]): Promise<readonly LockUser[]> =>
    Promise.all(Array.from({ length: many }, (_, index) => userOf(client, setOf(index))));
  return {
    peer: 'labkeep',
    version,
    settings: `over HTTP on loopback, the server on ${variant}: two requests for each set; durable, with ticket, lease and epoch`,
    sharers: (many) => users(many, sharedSet),
    rivals: (many) => users(many, rivalSet),
    waiting: async () => {
      const { items } = await client.locks.list({ limit: 1_000 });
      return items.filter(({ state }) => state === 'waiting').length;
    },
  };
}

async function userOf(client: LabkeepClient, locks: readonly string[]): Promise<LockUser> {
  const { session } = await client.sessions.open({ name: 'bench', leaseMs: 600_000 });
  let held: Lock | null = null;
  return {
    async acquire() {
      held = await client.locks.acquire({ session, locks, wait: true });
    },
    async release() {
      if (held?.epoch == null) throw new Error('nothing is held');
      const { results } = await client.locks.release([{ lock: held.lock, epoch: held.epoch }]);
      if (results[0]?.released !== true) throw new Error(`a lock was not released: ${results[0]?.code}`);
    },
  };
}

await runLocksAsChild(overHttp);
