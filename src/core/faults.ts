/**
 * The one table of fault codes. Every refusal that leaves Labkeep, by any front-end, is one of these.
 * `docs/errors.md` is checked against it in both directions.
 *
 * status: what HTTP answers; null where the fault can only arise before a server answers.
 * exit:   what the command line exits with (1 failed, 2 usage, 3 not found, 4 denied, 5 conflict, 6 server away).
 */
export const faultTable = {
  malformed_body: row(400, 2, 'The body is not valid JSON.', 'Send one JSON document encoded as UTF-8.'),
  invalid_field: row(
    400,
    2,
    'A field has a value that is not allowed.',
    'Correct the field named in the answer.',
  ),
  unknown_field: row(400, 2, 'A field is not known here.', 'Remove the field or correct its name.'),
  too_deep: row(400, 2, 'A value is nested too deeply.', 'Flatten the value, or store it as a file.'),
  malformed_xml: row(
    400,
    2,
    'The text is not XML that is read here.',
    'Send one XML document without document type, entities of its own or processing instructions.',
  ),
  xml_encoding: row(400, 2, 'The XML is not in UTF-8.', 'Send it as UTF-8, and declare that or nothing.'),
  call_invalid: row(
    400,
    2,
    'The XML is no call as XML-RPC has them.',
    'Send a methodCall with a methodName and params; docs/protocols/xmlrpc.md shows one.',
  ),
  status_invalid: row(
    400,
    2,
    'The status file is not one that is read here.',
    'Correct what is named; docs/protocols/xmlrpc.md shows one.',
  ),
  request_timeout: row(
    408,
    6,
    'The request did not come whole in time.',
    'Send it again, without long pauses.',
  ),
  too_large: row(413, 2, 'The request is larger than allowed.', 'Send less at once.'),
  headers_too_large: row(
    431,
    2,
    'The headers of the request are larger than allowed.',
    'Send fewer or shorter headers.',
  ),
  unsupported_media_type: row(
    415,
    2,
    'The body is of a type that is not read here.',
    'Send application/json.',
  ),
  dependency_unknown: row(
    400,
    2,
    'A job to come after does not exist.',
    'Name a job of this server or an index in the same request.',
  ),
  dependency_cycle: row(
    400,
    2,
    'Jobs would wait for each other in a circle; a parent without work of its own waits for its children.',
    'Remove one of the dependencies named.',
  ),
  selection_invalid: row(
    400,
    2,
    'The selection is not understood.',
    'Correct it at the place named; labkeep help selection shows how selections are written.',
  ),
  cursor_invalid: row(
    400,
    2,
    'The cursor is not one that this server gave.',
    'Use next, asOf or the id of an event as it was given.',
  ),
  unauthenticated: row(
    401,
    4,
    'No valid token came with the request.',
    'Send Authorization: Bearer TOKEN; create one with labkeep token create.',
  ),
  token_expired: row(401, 4, 'The token has expired.', 'Create a new token.'),
  token_revoked: row(401, 4, 'The token was revoked.', 'Ask for a new token.'),
  forbidden: row(
    403,
    4,
    'The role of this token does not allow the act.',
    'Ask a manager of the project, or an admin, for the role that is named.',
  ),
  foreign_origin: row(
    403,
    4,
    'The request came from a web page of another origin.',
    'Open the page that this server itself serves.',
  ),
  foreign_host: row(
    421,
    4,
    'The Host header names another server.',
    'Use one of the addresses that the server listens on.',
  ),
  route_unknown: row(
    404,
    3,
    'There is no such address.',
    'See /v1/openapi.json for the addresses that exist.',
  ),
  method_unknown: row(404, 3, 'There is no such method.', 'system.listMethods names those there are.'),
  project_unknown: row(404, 3, 'There is no such project.', 'List the projects, or create this one.'),
  job_unknown: row(404, 3, 'There is no such job.', 'List the jobs of the project.'),
  attempt_unknown: row(404, 3, 'There is no such attempt.', 'Use the attempt as it was offered.'),
  worker_unknown: row(404, 3, 'There is no such worker.', 'Register the worker again.'),
  comment_unknown: row(404, 3, 'The job has no such comment.', 'List the comments of the job.'),
  template_unknown: row(404, 3, 'There is no such template.', 'List the templates of the project.'),
  directory_unknown: row(404, 3, 'There is no directory of this name.', 'List the directories.'),
  token_unknown: row(404, 3, 'There is no such token.', 'List the tokens.'),
  session_unknown: row(404, 3, 'There is no such session of yours.', 'Open a session.'),
  database_unknown: row(
    404,
    3,
    'There is no database of this name.',
    'See labkeep db list for those there are.',
  ),
  release_unknown: row(
    404,
    3,
    'The database has no release of this name that can be read.',
    'See labkeep db releases for those it has.',
  ),
  task_unknown: row(404, 3, 'There is no task of this name.', 'See labkeep task list for those there are.'),
  task_not_run: row(
    404,
    3,
    'The task was never run with these parameters.',
    'Run it with labkeep task run, or correct the parameters.',
  ),
  lock_unknown: row(
    404,
    3,
    'There is no such lock: it was released, taken back, or its session has ended.',
    'Ask for the lock again.',
  ),
  method_not_allowed: row(405, 2, 'The address exists, but not for this method.', 'See /v1/openapi.json.'),
  project_exists: row(
    409,
    5,
    'A project of this name exists, or is in the trash.',
    'Use it, or choose another name: references such as toxd/12 are never given twice.',
  ),
  project_in_use: row(409, 5, 'The project has jobs that are not finished.', 'Cancel them or wait for them.'),
  job_in_use: row(409, 5, 'Other jobs rest on this one.', 'Purge them with it; a manager may also force it.'),
  session_ended: row(
    409,
    5,
    'The session has ended; what it held is free.',
    'Open a new session, and ask for its locks again.',
  ),
  database_exists: row(
    409,
    5,
    'A database or project of this name exists.',
    'Use it, or choose another name.',
  ),
  database_off: row(409, 5, 'The database is off.', 'Ask a manager to turn it on, with labkeep db on.'),
  database_closed: row(
    409,
    5,
    'The database is closed, or about to be.',
    'Come back at the time that is named; jobs that need it wait by themselves.',
  ),
  database_in_use: row(
    409,
    5,
    'The database is in use.',
    'See labkeep lock list for those who hold it or wait for it.',
  ),
  release_exists: row(
    409,
    5,
    'The database has, or had, a release of this name: names are never given twice.',
    'Choose another name; see labkeep db releases for those there are.',
  ),
  directory_changed: row(
    null,
    5,
    'The directory changed while it was published; nothing of it was published.',
    'Wait until nobody writes there, and publish it again.',
  ),
  release_damaged: row(
    null,
    1,
    'The files of a release are not those that were published.',
    'Publish it again under another name, from a sound copy.',
  ),
  sql_failed: row(
    null,
    1,
    'A statement of an SQL file failed; nothing of its transaction was kept.',
    'Correct the statement at the line that is named, and run the task again.',
  ),
  sql_unsupported: row(
    null,
    2,
    'An SQL file has what this task does not run.',
    'Change the file at the line that is named, or use psql under labkeep lock run.',
  ),
  enforcement_refused: row(
    409,
    5,
    'The PostgreSQL cannot keep these roles out.',
    'Name other roles, or give the role that Labkeep uses the right that is named; without --enforce the database is closed all the same.',
  ),
  target_unreachable: row(
    409,
    6,
    'The PostgreSQL of a database of the catalogue is not reached.',
    'See its address with labkeep db show; passwords are looked for in PGPASSFILE and PGPASSWORD of the program that connects.',
  ),
  lock_conflict: row(
    409,
    5,
    'Others hold, or wait for, what conflicts with these locks.',
    'Wait for the lock, or see labkeep lock list for those who hold it.',
  ),
  lock_timeout: row(
    409,
    5,
    'The locks were not granted in the time that was given.',
    'Wait longer, or see labkeep lock list for those who hold it.',
  ),
  lock_upgrade_conflict: row(
    409,
    5,
    'A shared lock becomes exclusive only for its sole holder.',
    'Wait until the others have released it; or release this one and ask for an exclusive one.',
  ),
  lock_lost: row(
    409,
    5,
    'The lock was lost: its epoch is over.',
    'Stop the work; what was done under the lock since then does not count. Ask for the lock again.',
  ),
  lock_not_held: row(
    409,
    5,
    'The lock is not held by whoever names it.',
    'Name a lock of your own session as it was granted.',
  ),
  task_already_running: row(
    409,
    5,
    'The task is running, or waiting to run, with the same parameters.',
    'Wait for the run that is named; labkeep task status follows it.',
  ),
  deadlock_avoided: row(
    409,
    5,
    'A session that holds or awaits locks may not wait for more: two such sessions could wait for each other for ever.',
    'Ask for all locks in one set; or release what is held first; or ask without waiting.',
  ),
  worker_name_taken: row(
    409,
    5,
    'Another worker of yours is at work under this name.',
    'Give each worker a name of its own (labkeep worker --name).',
  ),
  protocol_unsupported: row(
    409,
    5,
    'Worker and server are of versions that do not understand each other.',
    'Upgrade the older one; the worker goes on asking until then.',
  ),
  revision_stale: row(
    409,
    5,
    'The object was changed since it was read.',
    'Read it again, then repeat the change with the current revision.',
  ),
  state_conflict: row(
    409,
    5,
    'The job is in a state in which this cannot be done.',
    'Look at the state; docs/architecture.md draws the moves that exist.',
  ),
  epoch_stale: row(
    409,
    5,
    'The attempt is no longer this worker’s: its lease ran out or the job was taken back.',
    'Stop the work; what was reported is kept as a late report.',
  ),
  incarnation_stale: row(
    409,
    5,
    'The report belongs to the time before the storage was restored.',
    'Nothing to do: it is kept as a late report.',
  ),
  idempotency_conflict: row(
    409,
    5,
    'The idempotency key was used with another body.',
    'Use a new key for a new request.',
  ),
  token_shown_once: row(
    409,
    5,
    'The request that made this token was repeated; a token is shown only once.',
    'Revoke the token and create another.',
  ),
  cursor_gone: row(
    410,
    5,
    'The cursor is older than the events that are kept, or of another incarnation of the storage.',
    'Take a new list and go on from its asOf.',
  ),
  too_many_requests: row(
    429,
    6,
    'Too many requests wait already.',
    'Come back after the time given in Retry-After.',
  ),
  storage_full: row(
    507,
    6,
    'The disk of the storage is full; nothing of the request was kept.',
    'Make space; the server goes on by itself.',
  ),
  storage_unavailable: row(
    503,
    6,
    'The storage does not answer.',
    'Repeat the request later; with an idempotency key this is always safe.',
  ),
  storage_newer: row(
    503,
    6,
    'A newer version has changed the storage, so that this server must not use it any more.',
    'Upgrade this server, and start it again; servers of the newer version go on.',
  ),
  storage_busy: row(
    503,
    6,
    'All connections of this server to its storage are in use.',
    'Repeat the request later; labkeep up --connections allows for more.',
  ),
  storage_restored: row(
    503,
    6,
    'The storage was restored, or failed over, a moment ago; locks are given again when all that was at work before has ended.',
    'Repeat the request after the time given in Retry-After.',
  ),
  stopping: row(503, 6, 'The server is stopping.', 'Repeat the request when it is back.'),
  internal: row(
    500,
    1,
    'The server met a fault of its own.',
    'Look at the server’s log. Whether the request had an effect is not known; with the same idempotency key it may be repeated.',
  ),
  port_taken: row(
    null,
    2,
    'The address to listen on is in use.',
    'Name another with --listen, or stop what uses it.',
  ),
  tls_required: row(
    null,
    2,
    'An address that is not loopback needs TLS.',
    'Give --tls-cert and --tls-key, or listen on 127.0.0.1.',
  ),
  data_unusable: row(
    null,
    2,
    'The data folder cannot be used.',
    'Name another folder with --data, or mend the one named.',
  ),
  storage_refused: row(
    null,
    2,
    'The storage refuses this server.',
    'Correct user, password or database in --storage, or give that user the rights.',
  ),
  backup_unusable: row(
    null,
    2,
    'The file is no backup of Labkeep.',
    'Name a file that labkeep backup wrote.',
  ),
  data_held: row(null, 5, 'Another server holds the data folder.', 'Use that server, or stop it first.'),
  schema_newer: row(
    null,
    5,
    'The storage was written by a newer version of Labkeep.',
    'Start the newer version, or restore an older backup.',
  ),
  certificate_refused: row(
    null,
    2,
    'The certificate of the server is not accepted.',
    'Call the server by a name that its certificate has, and trust it with --ca or LABKEEP_CA.',
  ),
  server_away: row(null, 6, 'No server answers.', 'Start one with labkeep up, or name one with --server.'),
  usage: row(null, 2, 'The command line is not understood.', 'See labkeep help.'),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof faultTable;

interface FaultRow {
  readonly status: number | null;
  readonly exit: number;
  readonly meaning: string;
  readonly advice: string;
}

function row(status: number | null, exit: number, meaning: string, advice: string): FaultRow {
  return { status, exit, meaning, advice };
}

/** What a fault says beyond its code: the field, what was found, what was expected, and free facts. */
export interface FaultFacts {
  readonly field?: string;
  readonly found?: unknown;
  readonly expected?: string;
  readonly detail?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A refusal by a rule. Decide by `code`, never by the message. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly said: FaultFacts;

  constructor(code: FaultCode, said: FaultFacts = {}, cause?: unknown) {
    super(sentence(code, said), cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.said = said;
  }

  get advice(): string {
    return faultTable[this.code].advice;
  }
}

/** Whatever was thrown, as a server tells it to who asked: what is no refusal that has a status is a fault of its own. */
export function toldFault(error: unknown): Fault {
  if (error instanceof Fault && faultTable[error.code].status !== null) return error;
  return new Fault('internal', {}, error);
}

/** Whether the same may succeed later though nobody changes it: the storage is away, full or busy, or the server stops. */
export function mayHeal({ code }: Fault): boolean {
  return (
    code === 'storage_unavailable' ||
    code === 'storage_full' ||
    code === 'storage_busy' ||
    code === 'stopping'
  );
}

/** A short, printable form of something found, for messages: never longer than 80 characters. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}

/** With a full stop, unless it has an end of its own. */
export function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function sentence(code: FaultCode, said: FaultFacts): string {
  const parts = [said.detail ?? faultTable[code].meaning];
  if (said.field !== undefined) parts.push(`field ${said.field}`);
  if (said.found !== undefined) parts.push(`found ${shown(said.found)}`);
  if (said.expected !== undefined) parts.push(`expected ${said.expected}`);
  return parts.length === 1
    ? (parts[0] ?? '')
    : `${(parts[0] ?? '').replace(/\.$/, '')}: ${parts.slice(1).join(', ')}.`;
}
