import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  presentLock,
  presentNotice,
  readLock,
  readLocks,
  readSession,
  readWishes,
  writeId,
} from '../present/locks.ts';
import { presentPage } from '../present/pages.ts';
import { callerOf, goneSignal, writerOf } from '../request-context.ts';
import {
  Lock,
  LockBreak,
  LockChange,
  LockCheck,
  LockChecked,
  LockList,
  LockListQuery,
  LockParams,
  LockQuery,
  LocksNamed,
  LocksReleased,
  LocksRenewed,
  NewLock,
} from '../schemas/locks.ts';
import type { Surroundings } from './surroundings.ts';

export const lockRoutes: FastifyPluginAsyncTypebox<Surroundings> = async (app, { useCases, closing }) => {
  app.post(
    '/v1/locks',
    {
      schema: {
        operationId: 'acquireLocks',
        summary: 'Ask for a set of locks; the answer comes with the grant, or after 30 s at most.',
        tags: ['locks'],
        body: NewLock,
        response: { 200: Lock },
      },
      config: {
        faults: [
          'session_unknown',
          'session_ended',
          'database_unknown',
          'database_off',
          'database_closed',
          'lock_conflict',
          'lock_timeout',
          'lock_unknown',
          'deadlock_avoided',
          'too_many_requests',
        ],
      },
    },
    async (request, reply) => {
      const { locks, wait = false, session, name, leaseMs } = request.body;
      const asked = {
        locks: readWishes(locks),
        wait,
        session: session === undefined ? undefined : readSession(session),
        name,
        leaseMs,
      };
      return presentLock(await useCases.acquireLocks(writerOf(request), asked, goneSignal(reply, closing)));
    },
  );

  app.get(
    '/v1/locks',
    {
      schema: {
        operationId: 'listLocks',
        summary: 'List who holds what and who waits, in the order of arrival.',
        tags: ['locks'],
        querystring: LockListQuery,
        response: { 200: LockList },
      },
      config: { faults: ['cursor_invalid'] },
    },
    async (request) => {
      const { limit = 100, after, path = null } = request.query;
      return presentPage(await useCases.listLocks(callerOf(request), { limit, after, path }), presentLock);
    },
  );

  app.get(
    '/v1/locks/:lock',
    {
      schema: {
        operationId: 'getLock',
        summary: 'Read a request for locks, or wait until it is granted.',
        tags: ['locks'],
        params: LockParams,
        querystring: LockQuery,
        response: { 200: Lock },
      },
      config: { faults: ['lock_unknown', 'lock_timeout', 'session_ended', 'too_many_requests'] },
    },
    async (request, reply) => {
      const { waitMs = 0 } = request.query;
      const gone = waitMs === 0 ? undefined : goneSignal(reply, closing);
      const ticket = readLock(request.params.lock);
      return presentLock(await useCases.getLock(callerOf(request), ticket, waitMs, gone));
    },
  );

  app.post(
    '/v1/locks/renew',
    {
      schema: {
        operationId: 'renewLocks',
        summary: 'Extend the leases of the sessions that hold these locks, and hear which are lost.',
        tags: ['locks'],
        body: LocksNamed,
        response: { 200: LocksRenewed },
      },
      config: { unkeyed: true },
    },
    async (request) => {
      const locks = readLocks(request.body.locks);
      const { leaseMs, lost, notices } = await useCases.renewLocks(callerOf(request), locks);
      return { leaseMs, lost: lost.map(writeId), notices: notices.map(presentNotice) };
    },
  );

  app.post(
    '/v1/locks/release',
    {
      schema: {
        operationId: 'releaseLocks',
        summary: 'Release locks, and take back requests that wait.',
        tags: ['locks'],
        body: LocksNamed,
        response: { 200: LocksReleased },
      },
      config: { faults: ['session_unknown', 'session_ended'] },
    },
    async (request) => {
      const results = await useCases.releaseLocks(writerOf(request), readLocks(request.body.locks));
      return {
        results: results.map(({ ticket, released, code }) => ({ lock: writeId(ticket), released, code })),
      };
    },
  );

  app.post(
    '/v1/locks/change',
    {
      schema: {
        operationId: 'changeLock',
        summary: 'Make one lock of a set weaker, or, for its sole holder, stronger.',
        tags: ['locks'],
        body: LockChange,
        response: { 200: Lock },
      },
      config: {
        faults: ['lock_unknown', 'lock_lost', 'lock_not_held', 'lock_upgrade_conflict', 'session_ended'],
      },
    },
    async (request) => {
      const { lock, epoch, path, mode } = request.body;
      const changed = { lock: { ticket: readLock(lock), epoch }, path, mode };
      return presentLock(await useCases.changeLock(writerOf(request), changed));
    },
  );

  app.post(
    '/v1/locks/check',
    {
      schema: {
        operationId: 'checkLock',
        summary: 'Whether an epoch still holds a path, in this mode or a stronger one.',
        tags: ['locks'],
        body: LockCheck,
        response: { 200: LockChecked },
      },
      config: { unkeyed: true },
    },
    async (request) => useCases.checkLock(callerOf(request), request.body),
  );

  app.post(
    '/v1/locks/break',
    {
      schema: {
        operationId: 'breakLock',
        summary: 'Take locks from whoever has them, and end a closure: what was held is answered.',
        tags: ['locks'],
        body: LockBreak,
        response: { 200: Lock },
      },
      config: { faults: ['lock_unknown', 'state_conflict'] },
    },
    async (request) => presentLock(await useCases.breakLock(writerOf(request), readLock(request.body.lock))),
  );
};
