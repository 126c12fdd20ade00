/** One run: sessions in several real processes against real servers, some of both killed at random; then the judgement. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SeededChance } from '../crash-loop/chance.ts';
import {
  exists,
  giveTime,
  plainEnv,
  type ServerPlace,
  startServers,
  stopAll,
  tokenOf,
} from '../crash-loop/servers.ts';
import { compileCache } from '../support/compile-cache.ts';
import { startPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { now, readHistory } from './history.ts';
import { type Judged, judgeHistory } from './judge-history.ts';
import { Wire } from './wire.ts';

export interface HistoryOptions {
  readonly storage: 'sqlite' | 'postgres';
  /** How often something is killed, or stopped for a while; between two, some locks are granted. */
  readonly kills: number;
  readonly seed: number;
}

export interface HistoryOutcome extends Judged {
  readonly killed: { readonly holders: number; readonly servers: number; readonly stopped: number };
  /** What holders said when they ended otherwise than they were asked to. */
  readonly faults: readonly string[];
  /** Locks that were still there when all was over. */
  readonly leftBehind: number;
}

const grantsBetween = 20;
const processes = 5;
const sessionsEach = 10;
/** Longer than the lease of a holder. */
const settleMs = 6_000;
const script = join(import.meta.dirname, 'holder.ts');

export async function historyRun({ storage, kills, seed }: HistoryOptions): Promise<HistoryOutcome> {
  await using ended = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'labkeep-history-'));
  ended.defer(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = join(folder, 'ledger');
  writeFileSync(ledger, '');
  const postgres = storage === 'postgres' ? await startPostgres({ fsync: false }) : null;
  if (postgres !== null) ended.defer(() => postgres.stop());
  const servers = await startServers(folder, postgres?.url() ?? null, { sweepMs: 200 });
  ended.defer(async () => void (await stopAll(servers.map(({ process }) => process))));
  for (const { data } of servers) await until('the server listens', () => exists(join(data, 'server.json')));
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  const urls = servers.map(({ url }) => url);
  const wire = new Wire(urls, tokenOf(first));
  for (const name of ['embl', 'chado', 'nr'])
    await wire.call('POST', '/v1/databases', { name, kind: 'external' });

  const holders = new Holders({ ledger, servers: urls.join(','), token: tokenOf(first), seed });
  ended.defer(() => holders.kill());
  holders.start();
  await until('all sessions ask', () => sessionsIn(ledger) >= processes * sessionsEach);
  const moreGrants = () => untilMoreGrants(ledger);
  const killed = await killAtRandom({ holders, servers, moreGrants }, new SeededChance(seed), kills);
  await giveTime(60_000, () => tellsOfAll(ledger), 500);
  const faults = await holders.stop();
  await delay(settleMs);
  const left = await wire.call('GET', '/v1/locks?limit=1000');
  const judged = judgeHistory(readHistory(ledger), now());
  return { ...judged, killed, faults, leftBehind: left?.body.items.length };
}

/** On a slow machine most sessions may be over before anything but a grant has come to them. */
function tellsOfAll(ledger: string): boolean {
  const { counts } = judgeHistory(readHistory(ledger), now());
  return Object.values(counts).every((many) => many > 0);
}

function sessionsIn(ledger: string): number {
  return readHistory(ledger).filter(({ what }) => what === 'opened').length;
}

interface HolderOptions {
  readonly ledger: string;
  readonly servers: string;
  readonly token: string;
  readonly seed: number;
}

/** The processes with sessions: as many as there are to be, whichever are killed. */
class Holders {
  readonly #options: HolderOptions;
  readonly #alive = new Map<ChildProcess, Promise<void>>();
  readonly #faults: string[] = [];
  #started = 0;
  #stopping = false;

  constructor(options: HolderOptions) {
    this.#options = options;
  }

  start(): void {
    while (this.#alive.size < processes) this.#startOne();
  }

  /** Any of them. */
  one(chance: SeededChance): ChildProcess | undefined {
    return chance.oneOf([...this.#alive.keys()]);
  }

  async stop(): Promise<readonly string[]> {
    this.#stopping = true;
    for (const child of this.#alive.keys()) child.kill('SIGTERM');
    await Promise.all(this.#alive.values());
    return this.#faults;
  }

  kill(): void {
    this.#stopping = true;
    for (const child of this.#alive.keys()) child.kill('SIGKILL');
  }

  #startOne(): void {
    this.#started += 1;
    const { seed, ...rest } = this.#options;
    const options = {
      ...rest,
      name: `h${this.#started}`,
      sessions: sessionsEach,
      seed: seed + this.#started,
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const child = spawn(process.execPath, [...process.execArgv.filter(isCondition), script, ...args], {
      env: { ...plainEnv(), NODE_COMPILE_CACHE: compileCache },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#alive.set(child, this.#watch(child));
  }

  async #watch(child: ChildProcess): Promise<void> {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code, signal] = await once(child, 'close');
    this.#alive.delete(child);
    // One that is asked to end before it has begun does so by the signal.
    const asked = this.#stopping && (code === 0 || signal === 'SIGTERM');
    if (signal !== 'SIGKILL' && !asked) this.#faults.push(`${code ?? signal}: ${said}`);
    if (!this.#stopping) this.#startOne();
  }
}

function isCondition(option: string): boolean {
  return option.startsWith('--conditions');
}

interface Victims {
  readonly holders: Holders;
  readonly servers: readonly ServerPlace[];
  readonly moreGrants: () => Promise<void>;
}

async function killAtRandom(
  { holders, servers, moreGrants }: Victims,
  chance: SeededChance,
  kills: number,
): Promise<HistoryOutcome['killed']> {
  const killed = { holders: 0, servers: 0, stopped: 0 };
  for (let done = 0; done < kills; done++) {
    await moreGrants();
    // Each in turn, for a short run is to have met them all.
    const whom = (['holders', 'stopped', 'servers', 'holders'] as const)[done % 4] ?? 'holders';
    const holder = holders.one(chance);
    if (whom === 'servers') {
      if (chance.oneOf(servers)?.process.kill(chance.between(0, 800)) === true) killed.servers += 1;
    } else if (whom === 'holders') {
      if (holder?.kill('SIGKILL') === true) killed.holders += 1;
    } else if (holder?.kill('SIGSTOP') === true) {
      killed.stopped += 1;
      // Mostly longer than its lease.
      setTimeout(() => holder.kill('SIGCONT'), chance.between(1_000, 8_000));
    }
  }
  await moreGrants();
  return killed;
}

async function untilMoreGrants(ledger: string): Promise<void> {
  const grants = (): number => readHistory(ledger).filter(({ what }) => what === 'granted').length;
  const enough = grants() + grantsBetween;
  await giveTime(60_000, () => grants() >= enough, 100);
}
