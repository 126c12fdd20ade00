import { setInterval } from 'node:timers/promises';
import type { LockRecord, NewSession } from '../../../src/ports/records/locks.ts';
import type { Storage } from '../../../src/ports/storage.ts';
import { ada } from '../../storage/support.ts';

const session: NewSession = {
  name: 'loader',
  host: null,
  pid: process.pid,
  leaseMs: 2_000,
  idleMs: null,
  databases: [],
  forOneLock: false,
};

export async function openSession(storage: Storage): Promise<number> {
  const { id } = await storage.openSession({ by: ada, session });
  return id;
}

/** Waits for an exclusive lock, and is the sweep meanwhile. */
export async function takeExclusively(storage: Storage, id: number, path: string): Promise<LockRecord> {
  const locks = [{ path, mode: 'exclusive' }] as const;
  const request = await storage.acquireLocks({ by: ada, session: id, locks, wait: true, waitMs: null });
  if (request.epoch !== null) return request;
  for await (const _ of setInterval(100)) {
    await storage.sweep();
    await storage.renewSession({ principal: ada.principal, session: id, used: false });
    const found = await storage.getLock({ ticket: request.ticket });
    if (found.epoch !== null) return found;
  }
  throw new Error('the interval ended');
}
