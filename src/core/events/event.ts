import type { JobState } from '../jobs/states.ts';

export const eventTypes = {
  'project.created': 'a project was created',
  'project.changed': 'a project was changed',
  'project.deleted': 'a project was deleted',
  'directories.changed': 'the named directories of a project, or of the server, were changed',
  'jobs.created': 'jobs were created',
  'jobs.changed': 'jobs were edited, held, released, prioritised, or moved by time',
  'jobs.offered': 'jobs were offered to a worker',
  'jobs.started': 'attempts of jobs started',
  'jobs.ended': 'jobs are final',
  'jobs.trashed': 'jobs were moved to the trash',
  'jobs.restored': 'jobs were taken back from the trash',
  'jobs.purged': 'jobs were taken out of the record for good',
  'worker.registered': 'a worker registered',
  'worker.lost': 'the lease of a worker ran out',
  'server.registered': 'a server registered, for the first time or after it was lost',
  'server.draining': 'a server is about to stop',
  'server.stopped': 'a server has stopped',
  'server.lost': 'a server has not been heard of for longer than its lease',
  'storage.failed_over': 'the storage goes on at a database that was a standby',
  'token.created': 'a token was created',
  'token.revoked': 'a token was revoked',
  'database.added': 'a database was added to the catalogue',
  'database.changed': 'a database was changed, turned on or off',
  'database.closing': 'a database is about to be closed',
  'database.closed': 'a database is closed',
  'database.reopened': 'a database is open again',
  'database.published': 'another release of a database is read from now on',
  'database.removed': 'a database was removed from the catalogue',
  'session.ended': 'a session was ended by somebody or something else than itself',
  'lock.broken': 'a lock was taken from whoever had it',
  'report.late': 'a report came too late and was only recorded',
} as const;
export type EventType = keyof typeof eventTypes;

export interface JobMoved {
  readonly ref: string;
  readonly state: JobState;
  readonly revision: number;
  /** The job is in the trash, or was purged: lists do not show it. Left out where it is listed. */
  readonly trashed?: true;
}

/** One entry of the ordered record of all that happened. Times are milliseconds since 1970, UTC. */
export interface RecordedEvent {
  readonly sequence: number;
  readonly at: number;
  readonly type: EventType;
  readonly project: string | null;
  /** Of what happened to a database of the catalogue. */
  readonly database: string | null;
  readonly actor: string;
  readonly jobs: readonly JobMoved[];
}
