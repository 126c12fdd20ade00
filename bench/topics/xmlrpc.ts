/** Calls over XML-RPC, beside Python’s own server, which answers the same calls and keeps nothing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { isStruct, struct } from '../../src/wire/xmlrpc/value.ts';
import { type Certificate, certificateIn } from '../../tests/support/certificate.ts';
import { freePort } from '../../tests/support/free-port.ts';
import { type Contender, contest, type Outcome } from '../support/contest.ts';
import { addressOf, clientOf, LabkeepHome } from '../support/labkeep-home.ts';
import { printFigures } from '../support/machine.ts';
import { type Call, RpcCaller } from '../support/rpc-caller.ts';
import { markdownTable, median, ratio } from '../support/table.ts';
import { isChosen, type Topic } from './topic.ts';

interface Figures {
  readonly named: number;
  readonly asked: number;
  /** Asked for, confirmed and reported; null where nothing is kept. */
  readonly jobs: number | null;
}

interface Scale {
  readonly calls: number;
  readonly jobs: number;
}

/** How calls travel; the same for both servers. */
interface Way {
  readonly tls: Certificate | null;
  readonly keepAlive: boolean;
}

/** A server that answers, and how it is called. */
interface Answering {
  readonly call: Call;
  readonly submit: ((jobs: number) => Promise<void>) | null;
}

const clientsAtOnce = 8;
const servers = [
  { name: 'Labkeep', around: withLabkeep },
  { name: 'Python', around: withPython },
] as const;

export const xmlrpc: Topic = {
  name: 'xmlrpc',
  summary: 'calls over XML-RPC, beside Python’s own server',
  async run(options) {
    const scale = {
      calls: options.samples ?? (options.smoke ? 20 : 4_000),
      jobs: options.jobs ?? (options.smoke ? 10 : 2_000),
    };
    const runs = options.runs ?? (options.smoke ? 1 : 3);
    const folder = mkdtempSync(join(tmpdir(), 'labkeep-bench-'));
    try {
      const certificate = certificateIn(folder);
      // For the client that submits jobs: a server has one certificate for all that it speaks.
      setDefaultCACertificates([...getCACertificates('default'), certificate.cert]);
      const contenders = waysWith(certificate)
        .flatMap((way) => servers.map((server) => contenderOf(server, way, scale)))
        .filter(({ name }) => (options.smoke ? name === 'Labkeep, TLS, kept' : isChosen(name, options)));
      const outcomes = await contest(contenders, runs);
      printFigures(
        `XML-RPC: ${clientsAtOnce} clients at once, SQLite; medians of ${runs}`,
        tableOf(outcomes),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function waysWith(certificate: Certificate): readonly Way[] {
  return [certificate, null].flatMap((tls) => [true, false].map((keepAlive) => ({ tls, keepAlive })));
}

function nameOf(server: string, { tls, keepAlive }: Way): string {
  return `${server}, ${tls === null ? 'no TLS' : 'TLS'}, ${keepAlive ? 'kept' : 'a connection for each call'}`;
}

function contenderOf({ name, around }: (typeof servers)[number], way: Way, scale: Scale): Contender<Figures> {
  return {
    name: nameOf(name, way),
    unavailable: () => (name === 'Python' ? pythonUnavailable() : undefined),
    measure: () => around(way, (it) => measure(it, scale)),
  };
}

function pythonUnavailable(): string | undefined {
  return spawnSync('python3', ['--version']).status === 0 ? undefined : 'there is no python3';
}

async function measure({ call, submit }: Answering, { calls, jobs }: Scale): Promise<Figures> {
  const register = async (index: number): Promise<string> => {
    const registered = await call('scire.register', `node${index}`, struct({ capacity: 1 }));
    const client = isStruct(registered) ? registered.get('client') : null;
    if (typeof client !== 'string') throw new Error('a client was not registered');
    return client;
  };
  const clients = await Promise.all(Array.from({ length: clientsAtOnce }, (_, index) => register(index)));
  await perSecond(clients, calls / 10, () => call('system.listMethods'));
  const named = await perSecond(clients, calls, () => call('system.listMethods'));
  const asked = await perSecond(clients, calls, (client) => call('scire.ask_for_work', client));
  if (submit === null) return { named, asked, jobs: null };
  await submit(jobs);
  return { named, asked, jobs: await perSecond(clients, jobs, (client) => serveOne(call, client)) };
}

/** How many acts a second, of as many at once as there are clients. */
async function perSecond(
  clients: readonly string[],
  acts: number,
  act: (client: string) => Promise<unknown>,
): Promise<number> {
  let left = Math.ceil(acts);
  const begunAt = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (left > 0) {
        left -= 1;
        await act(client);
      }
    }),
  );
  return (Math.ceil(acts) / (performance.now() - begunAt)) * 1_000;
}

async function serveOne(call: Call, client: string): Promise<void> {
  const job = await call('scire.ask_for_work', client);
  const [, id, epoch] = /<job id="(.*?)" epoch="(.*?)"/.exec(String(job)) ?? [];
  if (id === undefined || epoch === undefined) throw new Error('there was no job');
  await call('scire.confirm', client, id, epoch);
  const status = `<status job="${id}" epoch="${epoch}" state="succeeded" exit-code="0"/>`;
  const answer = await call('scire.report_status', client, status);
  if (!isStruct(answer) || answer.get('applied') !== true) throw new Error('a report was not applied');
}

async function withLabkeep(
  { tls, keepAlive }: Way,
  measureIt: (it: Answering) => Promise<Figures>,
): Promise<Figures> {
  await using home = new LabkeepHome();
  const port = await freePort();
  const spoken = tls === null ? ['--plaintext'] : ['--tls-cert', tls.certFile, '--tls-key', tls.keyFile];
  await home.start(['--xmlrpc', `127.0.0.1:${port}`, ...spoken]);
  const client = clientOf(home.folder);
  await client.projects.create({ name: 'bench' });
  const { token } = addressOf(home.folder);
  using caller = new RpcCaller({ port, token, cert: tls?.cert ?? null, keepAlive });
  const submit = async (jobs: number): Promise<void> => {
    const list = Array.from({ length: jobs }, () => ({ command: ['true'] }));
    for (let from = 0; from < jobs; from += 1_000)
      await client.jobs.submitMany('bench', list.slice(from, from + 1_000));
  };
  return await measureIt({ call: caller.call, submit });
}

const pythonServer = fileURLToPath(new URL('../peers/xmlrpc-server.py', import.meta.url));

async function withPython(
  { tls, keepAlive }: Way,
  measureIt: (it: Answering) => Promise<Figures>,
): Promise<Figures> {
  const port = await freePort();
  const files = tls === null ? [] : [tls.certFile, tls.keyFile];
  const server: ChildProcess = spawn('python3', [pythonServer, String(port), ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'close');
  try {
    if (server.stdout !== null) await Promise.race([once(server.stdout, 'data'), ended]);
    using caller = new RpcCaller({ port, token: 'none', cert: tls?.cert ?? null, keepAlive });
    return await measureIt({ call: caller.call, submit: null });
  } finally {
    server.kill();
    await ended;
  }
}

function tableOf(outcomes: readonly Outcome<Figures>[]): string {
  const rateOf = (it: Outcome<Figures> | undefined, of: keyof Figures): number | undefined => {
    const rates = (it?.figures ?? []).flatMap((figures) => figures[of] ?? []);
    return rates.length === 0 ? undefined : median(rates);
  };
  const shown = (rate: number | undefined): string => rate?.toFixed(0) ?? '';
  return markdownTable(
    [
      'server',
      'listMethods/s',
      '× Python',
      'ask_for_work/s',
      '× Python',
      'jobs asked for, confirmed, reported/s',
    ],
    outcomes.map((it) => {
      const peer = outcomes.find(({ name }) => name === it.name.replace('Labkeep', 'Python'));
      return [
        it.absent === undefined ? it.name : `${it.name}: ${it.absent}`,
        shown(rateOf(it, 'named')),
        ratio(rateOf(it, 'named'), rateOf(peer, 'named')),
        shown(rateOf(it, 'asked')),
        ratio(rateOf(it, 'asked'), rateOf(peer, 'asked')),
        shown(rateOf(it, 'jobs')),
      ];
    }),
  );
}
