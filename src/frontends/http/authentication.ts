import type { FastifyRequest } from 'fastify';
import type { UseCases } from '../../app/use-cases.ts';
import { Fault } from '../../core/faults.ts';
import { checkCookieWrite } from './guards.ts';
import { cookieName, readCookie } from './session.ts';

/** Finds out who asks: by the token of the Authorization header, else by the cookie of a browser session. */
export async function authenticateRequest(request: FastifyRequest, useCases: UseCases): Promise<void> {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (bearer === undefined)
      throw new Fault('unauthenticated', { field: 'Authorization', expected: 'Bearer TOKEN' });
    request.credential = { text: bearer, use: 'token' };
  } else {
    const cookie = readCookie(request.headers.cookie, cookieName(request.socket.localPort));
    if (cookie === null) throw new Fault('unauthenticated');
    checkCookieWrite(request);
    request.credential = { text: cookie, use: 'cookie' };
  }
  request.principal = await useCases.authenticate(request.credential.text, request.credential.use);
}
