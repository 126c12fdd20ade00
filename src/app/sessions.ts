import { Fault } from '../core/faults.ts';
import { checkInteger } from '../core/jobs/specify.ts';
import { checkDatabaseName } from '../core/locks/paths.ts';
import { checkText } from '../core/text.ts';
import type { NewSession, SessionNotice, SessionRecord } from '../ports/records/locks.ts';
import type { Page } from '../ports/storage.ts';
import { allow, refuseAttempts } from './access.ts';
import { actorOf, type Caller } from './caller.ts';
import { allowDatabases } from './foreign-locks.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export const sessionBounds = {
  nameLength: 100,
  hostLength: 255,
  textLength: 1_000,
  leaseMsMin: 1_000,
  leaseMsMax: 600_000,
  leaseMs: 60_000,
  idleMsMin: 1_000,
  idleMsMax: 30 * 86_400_000,
  databases: 100,
} as const;

export interface OpenSession {
  /** What it calls itself, for others to read. */
  readonly name: string;
  readonly host?: string | null | undefined;
  readonly pid?: number | null | undefined;
  readonly leaseMs?: number | undefined;
  /** It is ended after so long without use. */
  readonly idleMs?: number | null | undefined;
  readonly databases?: readonly string[] | undefined;
}

/** A session as it is kept, or what is wrong with it. */
export function checkSession(request: OpenSession, forOneLock: boolean): NewSession {
  const { host = null, pid = null, idleMs = null, databases = [] } = request;
  const { nameLength, hostLength, leaseMsMin, leaseMsMax, idleMsMin, idleMsMax } = sessionBounds;
  if (request.name === '')
    throw new Fault('invalid_field', { field: 'name', found: '', expected: `1 to ${nameLength} characters` });
  checkText(request.name, 'name', nameLength);
  if (host !== null) checkText(host, 'host', hostLength);
  if (pid !== null) checkInteger(pid, 'pid', 0, Number.MAX_SAFE_INTEGER);
  if (idleMs !== null) checkInteger(idleMs, 'idleMs', idleMsMin, idleMsMax);
  const leaseMs = checkInteger(request.leaseMs ?? sessionBounds.leaseMs, 'leaseMs', leaseMsMin, leaseMsMax);
  checkDatabases(databases, 'databases');
  return { name: request.name, host, pid, leaseMs, idleMs, databases, forOneLock };
}

function checkDatabases(names: readonly string[], field: string): void {
  if (names.length > sessionBounds.databases)
    throw new Fault('invalid_field', {
      field,
      found: names.length,
      expected: `at most ${sessionBounds.databases} databases`,
    });
  for (const [index, name] of names.entries()) checkDatabaseName(name, `${field}[${index}]`);
}

export function openSession({ storage }: World) {
  return async (caller: Caller, request: OpenSession): Promise<SessionRecord> => {
    refuseAttempts(caller.principal, 'open sessions');
    allow(caller.principal, 'database.use', null);
    const session = checkSession(request, false);
    await allowDatabases(storage, caller.principal, session.databases);
    return storage.openSession({ by: actorOf(caller), session });
  };
}

export function renewSession({ storage }: World) {
  return async (
    caller: Caller,
    request: { readonly session: number; readonly used: boolean },
  ): Promise<{ readonly leaseMs: number; readonly notices: readonly SessionNotice[] }> => {
    refuseAttempts(caller.principal, 'renew sessions');
    allow(caller.principal, 'database.use', null);
    return storage.renewSession({ principal: caller.principal.name, ...request });
  };
}

export function openDatabases({ storage }: World) {
  return async (
    caller: Caller,
    request: {
      readonly session: number;
      readonly open: readonly string[];
      readonly leave: readonly string[];
    },
  ): Promise<SessionRecord> => {
    refuseAttempts(caller.principal, 'open databases');
    allow(caller.principal, 'database.use', null);
    checkDatabases(request.open, 'open');
    checkDatabases(request.leave, 'leave');
    await allowDatabases(storage, caller.principal, request.open);
    return storage.openDatabases({ by: actorOf(caller), ...request });
  };
}

/** One’s own; those of others are ended by managers. */
export function endSession({ storage }: World) {
  return async (caller: Caller, session: number, text: string | null): Promise<SessionRecord> => {
    refuseAttempts(caller.principal, 'end sessions');
    allow(caller.principal, 'database.use', null);
    if (text !== null) checkText(text, 'text', sessionBounds.textLength);
    const { principal } = await storage.getSession({ session });
    if (principal !== caller.principal.name) allow(caller.principal, 'database.manage', null);
    return storage.endSession({ by: actorOf(caller), session, text });
  };
}

export function getSession({ storage }: World) {
  return async (caller: Caller, session: number): Promise<SessionRecord> => {
    refuseAttempts(caller.principal, 'see sessions');
    allow(caller.principal, 'server.read', null);
    return storage.getSession({ session });
  };
}

export function listSessions({ storage }: World) {
  return async (
    caller: Caller,
    { ended, ...page }: PageRequest & { readonly ended: boolean },
  ): Promise<Page<SessionRecord>> => {
    refuseAttempts(caller.principal, 'list sessions');
    allow(caller.principal, 'server.read', null);
    return storage.listSessions({ ended, ...pageOf(page) });
  };
}
