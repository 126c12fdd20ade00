/**
 * All commands: a line each, with what it does in one sentence. The module of a command is loaded when it is called,
 * so none costs the others a start. It exports `define`, which adds arguments, options and the action.
 */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';

export type Define = (command: Command, cli: Cli) => void;

type Row = readonly [about: string, load: () => Promise<{ readonly define: Define }>];

/** In the order of the help. The first group is the first help; it has ten. */
const groups: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'What one needs': {
    up: ['start a server, with a worker for your own jobs, until Ctrl-C', () => import('./up.ts')],
    run: ['run a command here, and record what it reads and makes', () => import('./run.ts')],
    submit: ['submit a command as a job; prints its reference', () => import('./submit.ts')],
    jobs: ['list the jobs of a project, newest first', () => import('./jobs.ts')],
    show: ['show all of a job', () => import('./show.ts')],
    log: ['print what a job has written', () => import('./log.ts')],
    why: ['say why a job is not running, or what became of it', () => import('./why.ts')],
    whence: [
      'say who made a file, whether it is unchanged, and from what',
      () => import('./whence/whence.ts'),
    ],
    rerun: ['submit a new job like another, with changes', () => import('./rerun.ts')],
    status: ['show the server, who you are there, and its workers', () => import('./status.ts')],
  },
  'More about jobs': {
    wait: ['wait until jobs have ended; exits with 1 if one did not succeed', () => import('./wait.ts')],
    cancel: ['end jobs, or take them out of the line', () => import('./job-acts.ts')],
    retry: ['try jobs again that failed, expired, were cancelled or denied', () => import('./job-acts.ts')],
    resolve: ['say what became of lost jobs, or have them tried again', () => import('./resolve.ts')],
    hold: ['let jobs wait until they are released', () => import('./job-acts.ts')],
    release: ['let held jobs go on', () => import('./job-acts.ts')],
    task: ['list, run and follow work that is known by its name', () => import('./task.ts')],
    count: ['count the jobs that are selected', () => import('./count.ts')],
    events: ['print what happened, in order, from the oldest event kept', () => import('./events.ts')],
  },
  'What came from what': {
    graph: ['show or draw which jobs read what others made', () => import('./graph/graph.ts')],
    stale: ['list results whose inputs have been made again since', () => import('./stale.ts')],
    methods: ['write by which programs a result was obtained', () => import('./methods.ts')],
    directory: [
      'give folders names, by which files are known when they move',
      () => import('./directory.ts'),
    ],
  },
  'Order in the record': {
    tag: ['give jobs tags, or take them away', () => import('./tag.ts')],
    rate: ['say how good the result of a job is', () => import('./rate.ts')],
    set: ['give a job named numbers, such as Rfree=0.21, or metadata', () => import('./set.ts')],
    comment: ['comment on a job, or print its comments', () => import('./comment.ts')],
    diff: ['show what two jobs have not in common', () => import('./diff.ts')],
    clone: ['make a draft like a job', () => import('./clone.ts')],
    trash: ['move jobs to the trash, with their children', () => import('./trash.ts')],
    untrash: ['take jobs back from the trash', () => import('./trash.ts')],
    purge: ['take jobs in the trash out of the record for good', () => import('./trash.ts')],
    template: ['keep what is asked for again and again', () => import('./template.ts')],
  },
  Databases: {
    db: ['list, add, change, close and reopen databases', () => import('./db/db.ts')],
    lock: ['run a command while locks are held; see who holds what', () => import('./lock/lock.ts')],
    session: ['list and end sessions, which hold locks', () => import('./session.ts')],
    raadbstatus: [
      'take a bank off for update or put it on again, as the old utility did',
      () => import('./raadbstatus.ts'),
    ],
  },
  'About the server': {
    top: ['show what goes on: workers, running jobs, what waits for what', () => import('./top/top.ts')],
    doctor: ['look whether all parts work, and say what to do', () => import('./doctor/doctor.ts')],
    verify: ['compare all that is recorded with itself; mends nothing', () => import('./verify.ts')],
    servers: ['list the servers that share the storage', () => import('./servers.ts')],
    worker: ['ask a server for work, and do it', () => import('./worker.ts')],
    project: ['make, list and show projects, and their notes', () => import('./project.ts')],
    token: ['make, list and revoke tokens', () => import('./token.ts')],
    backup: ['copy all that is recorded, also while the server works', () => import('./backup.ts')],
    down: ['stop the server of the data folder', () => import('./down.ts')],
    restore: ['put a backup in the place of what is recorded', () => import('./restore.ts')],
    demo: ['run the example in a temporary folder, and check its results', () => import('./demo.ts')],
  },
  'About this program': {
    completion: [
      'print what makes a shell complete labkeep at Tab',
      () => import('./completion/completion.ts'),
    ],
    help: ['print help, of a command or a topic if one is named', () => import('./help.ts')],
  },
};

/** Not in any help. */
const hidden: Readonly<Record<string, Row>> = {
  recent: ['print the last five jobs', () => import('./recent.ts')],
};

export interface CommandEntry {
  readonly name: string;
  /** Null where no help shows it. */
  readonly group: string | null;
  readonly about: string;
  readonly load: Row[1];
}

export const commands: readonly CommandEntry[] = [
  ...Object.entries(groups).flatMap(([group, rows]) => entriesOf(group, rows)),
  ...entriesOf(null, hidden),
];

export const firstGroup = 'What one needs';

/** The heading of the options that tell which server is meant. */
export const serverGroup = 'The server:';

/** What the options mean by which a server is named, also to `run`, which takes them apart by itself. */
export const serverHelp = {
  server:
    'its address (LABKEEP_SERVER, else that of the data folder’s server); several, with commas or one by one, of equal servers',
  token:
    'who you are there (LABKEEP_TOKEN, else, if one of them is the data folder’s server, the token there)',
  data: 'the data folder (LABKEEP_DATA, else labkeep in your data home)',
} as const;

function entriesOf(group: string | null, rows: Readonly<Record<string, Row>>): readonly CommandEntry[] {
  return Object.entries(rows).map(([name, [about, load]]) => ({ name, group, about, load }));
}
