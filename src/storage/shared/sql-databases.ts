import type { CatalogueStorage } from '../../ports/records/catalogue.ts';
import type { LockStorage } from '../../ports/records/locks.ts';
import type { Actor } from '../../ports/storage.ts';
import { addDatabase, changeDatabase, removeDatabase } from './acts/catalogue.ts';
import { closeDatabase, reopenDatabase } from './acts/closures.ts';
import { answerLockAsks, type LockAsk } from './acts/lock-asks.ts';
import { breakLock, changeLock } from './acts/locks.ts';
import {
  beginRelease,
  dropRelease,
  markGoing,
  markGone,
  pinRelease,
  publishRelease,
} from './acts/releases.ts';
import { endSession, openDatabases, openSession, renewSession } from './acts/sessions.ts';
import type { Act } from './group.ts';
import { getDatabase, listDatabases } from './reads/catalogue.ts';
import { checkLock, getLock, listLocks, waitingAmong } from './reads/locks.ts';
import { getRelease, listReleases } from './reads/releases.ts';
import { getSession, listSessions } from './reads/sessions.ts';
import type { Engine } from './sql-storage.ts';

/** The verbs of databases, sessions and locks over an SQL engine. */
export function sqlDatabases(engine: Engine): LockStorage & CatalogueStorage {
  return {
    openSession: ({ by, session }) =>
      engine.write({ by, script: (tx) => openSession(tx, by.principal, session), weight: 1 }),
    renewSession: (it) =>
      engine.write({ by: { principal: it.principal }, script: (tx) => renewSession(tx, it), weight: 1 }),
    openDatabases: ({ by, ...it }) =>
      engine.write({ by, script: (tx) => openDatabases(tx, by.principal, it), weight: 1 }),
    endSession: ({ by, ...it }) =>
      engine.write({ by, script: (tx) => endSession(tx, by.principal, it), weight: 1 }),
    getSession: (it) => engine.read(() => getSession(it)),
    listSessions: (it) => engine.read(() => listSessions(it)),

    acquireLocks: ({ by, ...it }) => engine.write(lockAct(by, { principal: by.principal, acquire: it }, 1)),
    getLock: (it) => engine.read(() => getLock(it)),
    waitingAmong: (it) => engine.read(() => waitingAmong(it)),
    listLocks: (it) => engine.read(() => listLocks(it)),
    releaseLocks: ({ by, locks }) =>
      engine.write(lockAct(by, { principal: by.principal, release: locks }, locks.length)),
    changeLock: ({ by, ...it }) =>
      engine.write({ by, script: (tx) => changeLock(tx, by.principal, it), weight: 1 }),
    breakLock: ({ by, ticket }) => engine.write({ by, script: (tx) => breakLock(tx, ticket), weight: 1 }),
    checkLock: (it) => engine.read(() => checkLock(it)),

    addDatabase: ({ by, database }) =>
      engine.write({ by, script: (tx) => addDatabase(tx, database), weight: 1 }),
    getDatabase: (it) => engine.read(() => getDatabase(it)),
    listDatabases: (it) => engine.read(() => listDatabases(it)),
    changeDatabase: ({ by, name, revision, changes }) =>
      engine.write({ by, script: (tx) => changeDatabase(tx, name, revision, changes), weight: 1 }),
    removeDatabase: async ({ by, name }) => {
      await engine.write({ by, script: (tx) => removeDatabase(tx, name), weight: 1 });
    },
    closeDatabase: ({ by, ...it }) =>
      engine.write({ by, script: (tx) => closeDatabase(tx, by.principal, it), weight: 1 }),
    reopenDatabase: ({ by, name, release }) =>
      engine.write({ by, script: (tx) => reopenDatabase(tx, name, release), weight: 1 }),

    beginRelease: ({ by, ...it }) =>
      engine.write({ by, script: (tx) => beginRelease(tx, by.principal, it), weight: 1 }),
    publishRelease: ({ by, ...it }) =>
      engine.write({ by, script: (tx) => publishRelease(tx, it), weight: 1 }),
    dropRelease: async ({ by, ...it }) => {
      await engine.write({ by, script: (tx) => dropRelease(tx, it), weight: 1 });
    },
    pinRelease: ({ by, ...it }) => engine.write({ by, script: (tx) => pinRelease(tx, it), weight: 1 }),
    getRelease: (it) => engine.read(() => getRelease(it)),
    listReleases: (it) => engine.read(() => listReleases(it)),
    markGoing: ({ by, database }) => engine.write({ by, script: (tx) => markGoing(tx, database), weight: 1 }),
    markGone: ({ by, ...it }) => engine.write({ by, script: (tx) => markGone(tx, it), weight: 1 }),
  };
}

/** The answer of an act that asks for locks, or gives them back, alone. */
function lockAct<T>(by: Actor, ask: LockAsk, weight: number): Act<T> {
  return {
    by,
    ask,
    weight,
    *script(tx) {
      const [outcome] = yield* answerLockAsks(tx, [ask]);
      if (outcome === undefined) throw new Error('an ask for locks without an answer');
      if (!outcome.done) throw outcome.error;
      return outcome.value as T;
    },
  };
}
