/**
 * What protects a server on this machine from the web pages its users visit: the name by which it was addressed must
 * be one of its own (else a foreign name could be pointed at it), and a page may call only the server it came from.
 */
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../core/faults.ts';

/** Host names are compared without the port: the name is what an attacker can choose. */
export function checkHost(request: FastifyRequest, allowedHosts: ReadonlySet<string>): void {
  const hosts = request.raw.rawHeaders.filter(
    (_, index, all) => all[index - 1]?.toLowerCase() === 'host' && index % 2 === 1,
  );
  if (hosts.length > 1)
    throw new Fault('invalid_field', { field: 'Host', found: hosts, expected: 'one Host header' });
  const host = request.headers.host ?? '';
  if (!allowedHosts.has(hostName(host)))
    throw new Fault('foreign_host', {
      field: 'Host',
      found: host,
      expected: `one of ${[...allowedHosts].join(', ')}`,
    });
}

/** No name has a NUL in it, and some storages cannot even be asked for one. */
export function checkAddress(request: FastifyRequest): void {
  if (!request.url.includes('%00')) return;
  const [path = '', query = ''] = request.url.split('?', 2);
  if (path.includes('%00')) throw new Fault('route_unknown', { found: request.url });
  const [field = '', found] =
    query
      .split('&')
      .find((each) => each.includes('%00'))
      ?.split('=', 2) ?? [];
  throw new Fault('invalid_field', { field, found, expected: 'text without NUL (%00)' });
}

/** Bodies are read as they come; none is unpacked. */
export function checkEncoding(request: FastifyRequest): void {
  const found = request.headers['content-encoding'];
  if (found === undefined || found.toLowerCase() === 'identity') return;
  throw new Fault('unsupported_media_type', {
    detail: 'The body is compressed; only plain JSON is read here',
    field: 'Content-Encoding',
    found,
    expected: 'no Content-Encoding',
  });
}

export function checkOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (origin === undefined || origin === `${request.protocol}://${host ?? ''}`) return;
  throw new Fault('foreign_origin', {
    field: 'Origin',
    found: origin,
    expected: `${request.protocol}://${host ?? ''}`,
  });
}

/** A cookie comes along by itself; so a write that rests on one must say that it comes from a page of this server. */
export function checkCookieWrite(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] === 'same-origin') return;
  throw new Fault('foreign_origin', {
    detail: 'A request that rests on a cookie must name its origin',
    expected: 'an Origin header, or Sec-Fetch-Site: same-origin',
  });
}

/** `127.0.0.1:4780` → `127.0.0.1`; `[::1]:4780` → `[::1]`. */
export function hostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
