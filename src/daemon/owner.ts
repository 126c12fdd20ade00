/** The local owner: the account that runs the server, whose token lies in the data folder. */
import { userInfo } from 'node:os';
import { everyItem } from '../app/every-item.ts';
import type { UseCases } from '../app/use-cases.ts';
import type { Principal } from '../core/access/roles.ts';
import { Fault, faultTable } from '../core/faults.ts';
import type { TokenRecord } from '../ports/records/tokens.ts';
import { readToken } from './discovery.ts';
import { writeOwnFile } from './own-file.ts';
import { systemCode } from './system-error.ts';

/** The account’s name, with what a name may not contain replaced. */
export function ownerName(): string {
  const name = accountName()
    .replaceAll(/[^A-Za-z0-9._:+-]/g, '_')
    .slice(0, 99);
  return /^[A-Za-z0-9]/.test(name) ? name : `u${name}`;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    // An account without an entry in the password file, as in some containers.
    if (systemCode(error) === null) throw error;
    return `uid-${process.getuid?.() ?? 0}`;
  }
}

export function ownerPrincipal(): Principal {
  return { name: ownerName(), grants: [{ role: 'admin', project: null }], attempt: null };
}

/**
 * The token in the file, if it is good in this storage; else a new one. It is not good after a restore, when it was
 * revoked, or when the folder goes with another storage now.
 */
export async function ownerToken(file: string, useCases: UseCases): Promise<string> {
  const known = readToken(file);
  if (known !== null && (await isGood(known, useCases))) return known;
  const token = await issueOwnerToken(useCases);
  writeOwnFile(file, `${token}\n`);
  return token;
}

/**
 * Jobs run only for owners who have a role in the storage, and a role stands on a token. Who works in process needs
 * none to be let in, and so may have none: then one is made, whose text nobody keeps.
 */
export async function ensureOwnerRole(useCases: UseCases): Promise<void> {
  const principal = ownerPrincipal();
  const tokens = everyItem(({ limit, after }) => useCases.listTokens({ principal }, { limit, after }));
  for await (const token of tokens) if (token.principal === principal.name && isAdmin(token)) return;
  await issueOwnerToken(useCases);
}

function isAdmin({ role, project, revokedAt, expiresAt }: TokenRecord): boolean {
  return role === 'admin' && project === null && revokedAt === null && expiresAt === null;
}

async function issueOwnerToken(useCases: UseCases): Promise<string> {
  const principal = ownerName();
  const { token } = await useCases.issueToken(
    { principal },
    { principal, role: 'admin', project: null, use: 'token', expiresInMs: null },
  );
  return token;
}

async function isGood(token: string, useCases: UseCases): Promise<boolean> {
  try {
    const { name, grants } = await useCases.authenticate(token, 'token');
    return name === ownerName() && grants.some(({ role, project }) => role === 'admin' && project === null);
  } catch (error) {
    if (error instanceof Fault && faultTable[error.code].status === 401) return false;
    throw error;
  }
}
