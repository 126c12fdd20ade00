import { existsSync, readFileSync } from 'node:fs';

/** For the storage, its connections, logs, and what else the server opens for itself. */
const ownMax = 200;
/** Of all connections, so many may be of those who wait; the others are for who asks and is answered at once. */
const waitingShare = 0.8;
/** Where XML-RPC is spoken too, so many of all are left to it. */
const xmlRpcShare = 0.25;

/** Where Linux tells a process its limits. */
const limits = '/proc/self/limits';

export interface ConnectionBounds {
  readonly connections: number;
  readonly xmlRpcConnections: number;
  readonly waitingInAll: number;
}

/**
 * How many connections a server takes that may have so many files open: who comes beyond is cut off, before a file or the
 * database could not be opened any more.
 */
export function connectionBounds(
  openFilesMax: number,
  { withXmlRpc }: { readonly withXmlRpc: boolean },
): ConnectionBounds {
  const inAll = openFilesMax - Math.min(ownMax, Math.floor(openFilesMax / 3));
  const xmlRpcConnections = withXmlRpc ? Math.floor(inAll * xmlRpcShare) : 0;
  const connections = inAll - xmlRpcConnections;
  return { connections, xmlRpcConnections, waitingInAll: Math.floor(connections * waitingShare) };
}

/** How many files and connections this process may have open at one time; null where the system sets no bound, or tells none. */
export function openFilesMax(): number | null {
  if (!existsSync(limits)) return null;
  const found = /^Max open files\s+(\d+)/m.exec(readFileSync(limits, 'utf8'))?.[1];
  return found === undefined ? null : Number(found);
}
