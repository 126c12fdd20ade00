import { readFileSync } from 'node:fs';

/** Of a peer, as it lies in node_modules: its package.json need not be among its exports. */
export function installedVersion(name: string): string {
  const described: unknown = JSON.parse(
    readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8'),
  );
  if (typeof described !== 'object' || described === null || !('version' in described)) {
    throw new Error(`${name} has no version`);
  }
  return String(described.version);
}
