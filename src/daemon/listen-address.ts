/** Where a server listens, and under which names it may then be called. */
import { networkInterfaces } from 'node:os';
import { Fault } from '../core/faults.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Whether somebody asked for this port; else the next free one will do. */
  readonly named: boolean;
}

export const defaultPort = 4780;
export const defaultXmlRpcPort = 4781;

/** Reads `HOST:PORT`, `HOST`, `:PORT` or `[::1]:PORT`; port 0 is any that is free. */
export function readListen(text: string | undefined, field = '--listen'): ListenAddress {
  if (text === undefined) return { host: '127.0.0.1', port: defaultPort, named: false };
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (match === null || text === '' || port > 65_535)
    throw new Fault('usage', {
      field,
      found: text,
      expected: 'HOST:PORT, such as 127.0.0.1:4780',
    });
  return {
    host: match[1] ?? (match[2] === '' ? '127.0.0.1' : (match[2] ?? '')),
    port,
    named: match[3] !== undefined,
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Names and addresses, without the port, under which requests may reach the server; IPv6 in brackets. */
export function namesOf(host: string, hostNames: readonly string[]): readonly string[] {
  const own = isEverywhere(host) ? everyAddress() : [bracketed(host)];
  return [...new Set(['localhost', '127.0.0.1', '[::1]', ...own, ...hostNames.map(bracketed)])];
}

/** The address as programs on this machine should say it. */
export function urlOf(host: string, port: number, tls: boolean, hostNames: readonly string[]): string {
  const [named] = hostNames;
  const name = named ?? (isEverywhere(host) ? 'localhost' : host);
  return `${tls ? 'https' : 'http'}://${bracketed(name)}:${port}`;
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function everyAddress(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => bracketed(address)),
  );
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
