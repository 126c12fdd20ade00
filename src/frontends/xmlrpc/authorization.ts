import type { UseCases } from '../../app/use-cases.ts';
import type { Principal } from '../../core/access/roles.ts';
import { Fault } from '../../core/faults.ts';

const expected =
  'Bearer TOKEN, or the user and the token of an address such as https://USER:TOKEN@HOST:PORT/RPC2';

/** Who asks: by a bearer header, or by user and token as clients send them that have both in their address. */
export async function authenticateCall(header: string | undefined, useCases: UseCases): Promise<Principal> {
  if (header === undefined) throw new Fault('unauthenticated', { field: 'Authorization', expected });
  const { user, token } = readAuthorization(header);
  const principal = await useCases.authenticate(token, 'token');
  if (user !== null && user !== principal.name)
    throw new Fault('unauthenticated', {
      detail: 'The token is not of the user that the address names',
      field: 'user',
      found: user,
    });
  return principal;
}

/** Names of users may hold a colon, tokens never do. */
function readAuthorization(header: string): { readonly user: string | null; readonly token: string } {
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return { user: null, token: bearer };
  const basic = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  const text = Buffer.from(basic ?? '', 'base64').toString('utf8');
  const colon = text.lastIndexOf(':');
  const token = text.slice(colon + 1);
  if (colon < 1 || token === '') throw new Fault('unauthenticated', { field: 'Authorization', expected });
  return { user: text.slice(0, colon), token };
}
