/**
 * The cursors of lists, as `next` gives them and `after` takes them: the key at which a page of the storage ended, with
 * a digest of it and of the list’s name. So a text that nobody gave, or that another list gave, is refused, whatever the keys of a list are.
 */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Fault } from '../../core/faults.ts';

/** Reads `after` and writes `next` of all lists. */
export function addListCursors(app: FastifyInstance): void {
  app.addHook('preHandler', async (request) => {
    const list = listOf(request);
    const { query } = request;
    if (list === null || typeof query !== 'object' || query === null) return;
    if ('after' in query && typeof query.after === 'string') query.after = readListCursor(list, query.after);
  });
  app.addHook('preSerialization', async (request, _, payload: unknown) => {
    const list = listOf(request);
    if (list === null || typeof payload !== 'object' || payload === null) return payload;
    if (!('next' in payload) || typeof payload.next !== 'string') return payload;
    return { ...payload, next: writeListCursor(list, payload.next) };
  });
}

export function writeListCursor(list: string, key: string): string {
  const check = hash('sha256', `${list} ${key}`).slice(0, 8);
  return `${Buffer.from(key).toString('base64url')}.${check}`;
}

export function readListCursor(list: string, cursor: string): string {
  const key = Buffer.from(cursor.split('.', 1)[0] ?? '', 'base64url').toString();
  if (writeListCursor(list, key) === cursor && !key.includes('\0')) return key;
  throw new Fault('cursor_invalid', {
    field: 'after',
    found: cursor,
    expected: 'next of the page before, of the same list',
  });
}

/** The list that is asked for, by the name of its operation; null for everything else. */
function listOf({ method, routeOptions }: FastifyRequest): string | null {
  const { schema, config } = routeOptions;
  if ((method !== 'GET' && method !== 'HEAD') || config.ownCursor === true) return null;
  return schema?.operationId ?? null;
}
