import packageJson from '../../package.json' with { type: 'json' };
import { createUseCases } from '../../src/app/use-cases.ts';
import { jsonSchemas } from '../../src/daemon/json-schemas.ts';
import { nodeSecrets } from '../../src/daemon/secrets.ts';
import { nodeTimers } from '../../src/daemon/timers.ts';
import { buildHttp } from '../../src/frontends/http/build-http.ts';
import { Counts } from '../../src/frontends/http/metrics.ts';
import { OneTimeCodes } from '../../src/frontends/http/one-time-codes.ts';
import { openMemory } from '../../src/storage/memory/open.ts';

export interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/** The OpenAPI document of a server that nobody calls. */
export async function openapiDocument(): Promise<OpenapiDocument> {
  const clock = { now: () => 0 };
  const chance = { next: () => 0, token: (bytes: number) => '0'.repeat(2 * bytes) };
  const storage = openMemory({ clock, chance });
  const useCases = createUseCases({
    storage,
    clock,
    chance,
    secrets: nodeSecrets,
    schemas: jsonSchemas(),
    timers: nodeTimers,
  });
  const oneTimeCodes = new OneTimeCodes(clock, chance);
  const { version } = packageJson;
  const counts = new Counts(version);
  const http = await buildHttp({ useCases, version, allowedHosts: [], oneTimeCodes, counts });
  await http.ready();
  const document: unknown = JSON.parse(JSON.stringify(http.swagger()));
  await useCases.stop();
  await http.close();
  counts.stop();
  await storage.close();
  if (!isDocument(document)) throw new Error('the routes made no OpenAPI document with paths and components');
  return document;
}

function isDocument(value: unknown): value is OpenapiDocument {
  return typeof value === 'object' && value !== null && 'paths' in value && 'components' in value;
}
