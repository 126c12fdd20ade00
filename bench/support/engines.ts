import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { EngineFigures } from '../engine/workload.ts';
import { lineOfChild } from './child-line.ts';
import { startStore } from './servers.ts';

const engines = {
  sqlite: { script: new URL('../engine/sqlite.ts', import.meta.url), store: 'folder' },
  postgres: { script: new URL('../engine/postgres.ts', import.meta.url), store: 'postgres' },
} as const;

const engineLine = Type.Object({
  engine: Type.String(),
  version: Type.String(),
  jobs: Type.Number(),
  batch: Type.Number(),
  writesPerJob: Type.Number(),
  connections: Type.Number(),
  insertJobsPerSecond: Type.Number(),
  drainJobsPerSecond: Type.Number(),
  cpuMicrosPerJob: Type.Number(),
  rssMb: Type.Number(),
});

export interface EngineOptions {
  readonly jobs?: number;
  readonly batch?: number;
  readonly writes?: number;
  /** PostgreSQL only. */
  readonly connections?: number;
}

/** The same row writes by hand on the bare engine: see engine/workload.ts. */
export async function measureEngine(
  name: keyof typeof engines,
  options: EngineOptions = {},
): Promise<EngineFigures> {
  const { script, store: kind } = engines[name];
  await using store = await startStore(kind);
  const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]);
  return Value.Parse(engineLine, await lineOfChild(script, ['--connection', store.connection, ...args]));
}
