import type { AddressInfo } from 'node:net';
import { Fault } from '../core/faults.ts';
import type { ListenAddress } from './listen-address.ts';
import { systemCode, systemWords } from './system-error.ts';

interface Listener {
  listen(options: { readonly host: string; readonly port: number }): Promise<unknown>;
  readonly server: { address(): AddressInfo | string | null };
}

/** After so many ports that are in use, any that is free. */
const portsTried = 20;

/** Listens, on the next free port if nobody named one; answers with the port. */
export async function listen(app: Listener, { host, port, named }: ListenAddress): Promise<number> {
  const ports = named ? [port] : [...Array.from({ length: portsTried }, (_, index) => port + index), 0];
  for (const candidate of ports) {
    try {
      await app.listen({ host, port: candidate });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : candidate;
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE') throw cannotListen(host, candidate, error);
    }
  }
  throw new Fault('port_taken', { detail: `${host}:${port} is in use` });
}

const listenTroubles: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up',
  EACCES: 'this account may not use that port',
};

function cannotListen(host: string, port: number, error: unknown): Fault {
  const why = listenTroubles[systemCode(error) ?? ''] ?? systemWords(error);
  return new Fault('usage', { detail: `Cannot listen on ${host}:${port}: ${why}` }, error);
}
