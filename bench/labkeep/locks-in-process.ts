/** Locks by the acts on the bare storage, in the process of its user. The variant is the kind of storage. */
import { join } from 'node:path';
import { LockWaits } from '../../src/app/lock-waits.ts';
import { WaitingRoom } from '../../src/app/waiting-room.ts';
import { version } from '../../src/cli/version.ts';
import { readLockWish } from '../../src/core/locks/wishes.ts';
import { systemChance, systemClock } from '../../src/daemon/chance.ts';
import { openStorage } from '../../src/daemon/open-storage.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import type { LockClaimed } from '../../src/ports/records/locks.ts';
import type { Storage } from '../../src/ports/storage.ts';
import { addDatabases, rivalSet, sharedSet } from '../support/lock-sets.ts';
import { type LockContestant, type LockUser, runLocksAsChild } from '../support/measure-locks.ts';

const by = { principal: 'bench' };
const hour = 3_600_000;

async function inProcess(connection: string, variant: string): Promise<LockContestant> {
  const url = variant === 'PostgreSQL' ? connection : null;
  const storage = await openStorage({ url, file: join(connection, 'labkeep.db'), durations: {} });
  const room = new WaitingRoom({ clock: systemClock, chance: systemChance }, {});
  const waits = new LockWaits({ storage, timers: nodeTimers, room });
  await addDatabases((name) =>
    storage.addDatabase({
      by,
      database: {
        ...{ name, kind: 'external', tag: null, description: '', settings: {} },
        ...{ release: null, declaredIn: null, state: 'on' },
      },
    }),
  );
  const users = (many: number, setOf: (index: number) => readonly string[]): Promise<readonly LockUser[]> =>
    Promise.all(Array.from({ length: many }, (_, index) => userOf(storage, waits, setOf(index))));
  return {
    peer: 'labkeep',
    version,
    settings: `in process, on ${variant}: a set is asked for and released, each in a transaction; durable, with ticket, lease and epoch`,
    sharers: (many) => users(many, sharedSet),
    rivals: (many) => users(many, rivalSet),
    waiting: async () => {
      const { items } = await storage.listLocks({ path: null, limit: 1_000 });
      return items.filter(({ state }) => state === 'waiting').length;
    },
  };
}

async function userOf(storage: Storage, waits: LockWaits, set: readonly string[]): Promise<LockUser> {
  const session = {
    ...{ name: 'bench', host: null, pid: null, leaseMs: 600_000, idleMs: null },
    ...{ databases: [], forOneLock: false },
  };
  const { id } = await storage.openSession({ by, session });
  const locks = set.map((lock) => readLockWish(lock, 'locks'));
  let held: LockClaimed = { ticket: 0, epoch: 0 };
  return {
    async acquire() {
      const asked = await storage.acquireLocks({ by, session: id, locks, wait: true, waitMs: null });
      const { ticket } = asked;
      const granted =
        asked.state === 'granted'
          ? asked
          : await waits.untilGranted(ticket, hour, () => storage.getLock({ ticket }));
      if (granted?.epoch == null) throw new Error('a lock was not granted');
      held = { ticket, epoch: granted.epoch };
    },
    async release() {
      const [result] = await storage.releaseLocks({ by, locks: [held] });
      if (result?.released !== true) throw new Error(`a lock was not released: ${result?.code}`);
    },
  };
}

await runLocksAsChild(inProcess);
