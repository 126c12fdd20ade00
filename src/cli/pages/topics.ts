/** What `labkeep help TOPIC` prints: pages of docs/, which are shipped with the program. */
import { readFileSync } from 'node:fs';

export interface Topic {
  readonly name: string;
  readonly about: string;
}

export const topics: readonly Topic[] = [
  { name: 'exit-codes', about: 'what a command exits with' },
  { name: 'projects', about: 'which project and which job a command means' },
  { name: 'selection', about: 'how to say which jobs: state, owner, tag, dates, numbers' },
  { name: 'recording', about: 'what labkeep run records, and how' },
  { name: 'record', about: 'ratings, tags, numbers, comments; templates; the trash' },
  { name: 'provenance', about: 'what came from what: whence, graph, stale' },
  { name: 'arrays', about: 'a job for each of many files or lines' },
  { name: 'databases', about: 'the catalogue; closing for update; files that declare databases' },
  { name: 'tasks', about: 'work that is known by its name: registered, run once at a time, followed' },
  { name: 'postgres-tasks', about: 'SQL files on a PostgreSQL, under its lock' },
  { name: 'releases', about: 'databases that are folders: publishing, readers, what is kept' },
  { name: 'locks', about: 'locks on databases: the line, leases, closures' },
  {
    name: 'several-servers',
    about: 'equal servers on one PostgreSQL; stopping one; a database that fails over',
  },
  { name: 'reliability', about: 'what happens when messages, connections, workers are lost' },
  { name: 'files', about: 'what lies where' },
  { name: 'environment', about: 'the variables that are read' },
];

/** The page of a topic, in Markdown. */
export function pageOf({ name }: Topic): string {
  return readFileSync(new URL(`./docs/${name}.md`, import.meta.resolve('labkeep/package.json')), 'utf8');
}
