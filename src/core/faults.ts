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
  too_deep: row(400, 2, 'A JSON value is nested too deeply.', 'Flatten the value, or store it as a file.'),
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
  project_unknown: row(404, 3, 'There is no such project.', 'List the projects, or create this one.'),
  job_unknown: row(404, 3, 'There is no such job.', 'List the jobs of the project.'),
  attempt_unknown: row(404, 3, 'There is no such attempt.', 'Use the attempt as it was offered.'),
  worker_unknown: row(404, 3, 'There is no such worker.', 'Register the worker again.'),
  comment_unknown: row(404, 3, 'The job has no such comment.', 'List the comments of the job.'),
  template_unknown: row(404, 3, 'There is no such template.', 'List the templates of the project.'),
  directory_unknown: row(404, 3, 'There is no directory of this name.', 'List the directories.'),
  token_unknown: row(404, 3, 'There is no such token.', 'List the tokens.'),
  method_not_allowed: row(405, 2, 'The address exists, but not for this method.', 'See /v1/openapi.json.'),
  project_exists: row(
    409,
    5,
    'A project of this name exists, or is in the trash.',
    'Use it, or choose another name: references such as toxd/12 are never given twice.',
  ),
  project_in_use: row(409, 5, 'The project has jobs that are not finished.', 'Cancel them or wait for them.'),
  job_in_use: row(409, 5, 'Other jobs rest on this one.', 'Purge them with it; a manager may also force it.'),
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

/** A short, printable form of something found, for messages: never longer than 80 characters. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
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
