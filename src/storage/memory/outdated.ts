import { databaseOf } from '../../core/locks/paths.ts';
import type { OutdatedRelease } from '../../ports/records/provenance.ts';
import { projectNamed, type State } from './state.ts';

export function listOutdated(state: State, project: string): readonly OutdatedRelease[] {
  projectNamed(state, project);
  const found = new Map<string, OutdatedRelease>();
  for (const { record, databases } of state.jobs.values()) {
    if (record.project !== project || record.trashedAt !== null || record.state !== 'succeeded') continue;
    const counted = new Set<string>();
    for (const { path, attempt, release } of databases) {
      const database = databaseOf(path);
      const now = state.databases.get(database)?.release ?? null;
      if (attempt !== record.attempts || release === null || now === null || release === now) continue;
      const key = `${database} ${release}`;
      if (counted.has(key)) continue;
      counted.add(key);
      const results = (found.get(key)?.results ?? 0) + 1;
      found.set(key, { database, now, was: release, results });
    }
  }
  return [...found.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, it]) => it);
}
