import { hostname } from 'node:os';

/** This machine’s name, as far as it can be the name of a worker. */
export function hostName(): string {
  const name = hostname()
    .replaceAll(/[^A-Za-z0-9._:+-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 90);
  return name === '' ? 'worker' : name;
}
