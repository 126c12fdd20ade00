import { Attempts } from './attempts.ts';
import { Comments } from './comments.ts';
import { Databases } from './databases.ts';
import { Directories } from './directories.ts';
import { Events } from './events.ts';
import { Jobs } from './jobs.ts';
import { Locks } from './locks.ts';
import type { CallOptions, ClientOptions } from './options.ts';
import { Projects } from './projects.ts';
import { Provenance } from './provenance.ts';
import { Releases } from './releases.ts';
import { Runs } from './runs.ts';
import { Servers } from './servers.ts';
import { Sessions } from './sessions.ts';
import { Tasks } from './tasks.ts';
import { Templates } from './templates.ts';
import { Tokens } from './tokens.ts';
import { Transport } from './transport.ts';
import type { ClaimAnswer, ClaimRequest, Health, Me } from './types.ts';
import { Verification } from './verification.ts';
import type { WorkOptions } from './work.ts';
import { WorkerLoop } from './worker-loop.ts';
import { protocol, Workers } from './workers.ts';

/**
 * A Labkeep server, typed. Every call takes an AbortSignal, rejects with a LabkeepError, and repeats itself while
 * the server is away where that is safe.
 */
export class LabkeepClient {
  readonly projects: Projects;
  readonly jobs: Jobs;
  readonly comments: Comments;
  readonly tasks: Tasks;
  readonly templates: Templates;
  readonly workers: Workers;
  readonly servers: Servers;
  readonly attempts: Attempts;
  readonly events: Events;
  readonly tokens: Tokens;
  readonly runs: Runs;
  readonly directories: Directories;
  readonly databases: Databases;
  readonly releases: Releases;
  readonly provenance: Provenance;
  readonly sessions: Sessions;
  readonly locks: Locks;
  readonly verification: Verification;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.projects = new Projects(this.#transport);
    this.jobs = new Jobs(this.#transport);
    this.comments = new Comments(this.#transport);
    this.tasks = new Tasks(this.#transport);
    this.templates = new Templates(this.#transport);
    this.workers = new Workers(this.#transport);
    this.servers = new Servers(this.#transport);
    this.attempts = new Attempts(this.#transport);
    this.events = new Events(this.#transport);
    this.tokens = new Tokens(this.#transport);
    this.runs = new Runs(this.#transport);
    this.directories = new Directories(this.#transport);
    this.databases = new Databases(this.#transport);
    this.releases = new Releases(this.#transport);
    this.provenance = new Provenance(this.#transport);
    this.sessions = new Sessions(this.#transport);
    this.locks = new Locks(this.#transport, this.sessions);
    this.verification = new Verification(this.#transport);
  }

  /**
   * A worker in this process: asks for jobs and runs a handler for each, until the signal ends it and all is reported.
   * It keeps no journal: of a process that dies, what it was at is lost with its lease.
   */
  async work(options: WorkOptions): Promise<void> {
    await new WorkerLoop(this, options).run();
  }

  /**
   * Asks for work, and waits for it up to `waitMs`. Never repeated by itself: `held` must say what the worker holds
   * at the moment of asking, and may be out of date by the time of a second try.
   */
  claims(request: ClaimRequest, options?: CallOptions): Promise<ClaimAnswer> {
    const waitMs = request.waitMs ?? 0;
    return this.#transport.json({
      method: 'POST',
      path: '/v1/claims',
      body: { protocol, ...request },
      repeat: 'never',
      waitMs,
      options,
    });
  }

  health(options?: CallOptions): Promise<Health> {
    return this.#transport.json({ method: 'GET', path: '/v1/health', repeat: 'safe', options });
  }

  me(options?: CallOptions): Promise<Me> {
    return this.#transport.json({ method: 'GET', path: '/v1/me', repeat: 'safe', options });
  }
}
