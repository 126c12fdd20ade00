import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { type LockContestant, type LockUser, runLocksAsChild } from '../support/measure-locks.ts';
import { installedVersion } from './installed-version.ts';

const LEASE_MS = 600_000;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

/** The recipe of Redis's own documentation: a key with a token and a lease, deleted by whoever has the token. */
async function redisLocks(connection: string): Promise<LockContestant> {
  const connect = (): Redis => new Redis(connection);
  return {
    peer: 'ioredis',
    version: installedVersion('ioredis'),
    settings:
      'SET NX PX and a script that compares and deletes; two exclusive keys of its own for each, as there are no shared ones, and nobody waits: whoever is refused must ask again',
    sharers: async (many) => Array.from({ length: many }, (_, index) => userOf(connect(), index)),
    rivals: () => null,
    waiting: async () => 0,
  };
}

function userOf(client: Redis, index: number): LockUser {
  const keys = [`embl-${index}`, `chado-${index}`];
  const token = randomUUID();
  return {
    async acquire() {
      const answers = await Promise.all(keys.map((key) => client.set(key, token, 'PX', LEASE_MS, 'NX')));
      if (answers.some((answer) => answer !== 'OK')) throw new Error('a key was taken');
    },
    async release() {
      await Promise.all(keys.map((key) => client.eval(RELEASE, 1, key, token)));
    },
  };
}

await runLocksAsChild(redisLocks);
