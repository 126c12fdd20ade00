/** Calls over XML-RPC, beside Python’s own server, which answers the same calls and keeps nothing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { readXml } from '../../src/wire/xml/xml-reader.ts';
import { readAnswer } from '../../src/wire/xmlrpc/read-message.ts';
import { isStruct, type RpcValue, struct } from '../../src/wire/xmlrpc/value.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import { freePort } from '../../tests/support/free-port.ts';
import { type Contender, contest, type Outcome } from '../support/contest.ts';
import { addressOf, clientOf, LabkeepHome } from '../support/labkeep-home.ts';
import { printFigures } from '../support/machine.ts';
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

/** A server that answers, and how it is called. */
interface Answering {
  readonly call: (method: string, ...params: readonly RpcValue[]) => Promise<RpcValue>;
  readonly submit: ((jobs: number) => Promise<void>) | null;
}

const clientsAtOnce = 8;
const reference = 'Python, SimpleXMLRPCServer';

export const xmlrpc: Topic = {
  name: 'xmlrpc',
  summary: 'calls over XML-RPC, beside Python’s own server',
  async run(options) {
    const scale = {
      calls: options.samples ?? (options.smoke ? 20 : 4_000),
      jobs: options.jobs ?? (options.smoke ? 10 : 2_000),
    };
    const runs = options.runs ?? (options.smoke ? 1 : 3);
    const labkeep = [
      contenderOf('Labkeep', scale, (measure) => withLabkeep(false, measure)),
      contenderOf('Labkeep, connections kept', scale, (measure) => withLabkeep(true, measure)),
    ];
    const python = {
      ...contenderOf(reference, scale, withPython),
      unavailable: () =>
        spawnSync('python3', ['--version']).status === 0 ? undefined : 'there is no python3',
    };
    const contenders = [...labkeep, ...(options.smoke ? [] : [python])].filter(({ name }) =>
      isChosen(name, options),
    );
    const outcomes = await contest(contenders, runs);
    printFigures(
      `XML-RPC: ${clientsAtOnce} clients at once, SQLite, no TLS; medians of ${runs}`,
      tableOf(outcomes),
    );
  },
};

function contenderOf(
  name: string,
  scale: Scale,
  around: (measure: (it: Answering) => Promise<Figures>) => Promise<Figures>,
): Contender<Figures> {
  return { name, unavailable: () => undefined, measure: () => around((it) => measure(it, scale)) };
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

async function serveOne(call: Answering['call'], client: string): Promise<void> {
  const job = await call('scire.ask_for_work', client);
  const [, id, epoch] = /<job id="(.*?)" epoch="(.*?)"/.exec(String(job)) ?? [];
  if (id === undefined || epoch === undefined) throw new Error('there was no job');
  await call('scire.confirm', client, id, epoch);
  const status = `<status job="${id}" epoch="${epoch}" state="succeeded" exit-code="0"/>`;
  const answer = await call('scire.report_status', client, status);
  if (!isStruct(answer) || answer.get('applied') !== true) throw new Error('a report was not applied');
}

async function withLabkeep(
  keepAlive: boolean,
  measureIt: (it: Answering) => Promise<Figures>,
): Promise<Figures> {
  await using home = new LabkeepHome();
  const port = await freePort();
  await home.start(['--xmlrpc', `127.0.0.1:${port}`, '--plaintext']);
  const client = clientOf(home.folder);
  await client.projects.create({ name: 'bench' });
  using caller = callerOf(port, addressOf(home.folder).token, keepAlive);
  const submit = async (jobs: number): Promise<void> => {
    const list = Array.from({ length: jobs }, () => ({ command: ['true'] }));
    for (let from = 0; from < jobs; from += 1_000)
      await client.jobs.submitMany('bench', list.slice(from, from + 1_000));
  };
  return await measureIt({ call: caller.call, submit });
}

const pythonServer = `
import sys
from xmlrpc.server import SimpleXMLRPCServer
server = SimpleXMLRPCServer(('127.0.0.1', int(sys.argv[1])), logRequests=False)
server.register_introspection_functions()
server.register_function(lambda host, facts: {'client': host, 'lease_seconds': 60, 'poll_seconds': 20}, 'scire.register')
server.register_function(lambda client: '', 'scire.ask_for_work')
print('ready', flush=True)
server.serve_forever()
`;

async function withPython(measureIt: (it: Answering) => Promise<Figures>): Promise<Figures> {
  const port = await freePort();
  const server: ChildProcess = spawn('python3', ['-c', pythonServer, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'close');
  try {
    if (server.stdout !== null) await Promise.race([once(server.stdout, 'data'), ended]);
    using caller = callerOf(port, 'none', false);
    return await measureIt({ call: caller.call, submit: null });
  } finally {
    server.kill();
    await ended;
  }
}

const bounds = { bytes: 10_000_000, depth: 40, elements: 100_000, attributes: 20 };

function callerOf(port: number, token: string, keepAlive: boolean): Pick<Answering, 'call'> & Disposable {
  const agent = new Agent({ keepAlive });
  const call: Answering['call'] = async (method, ...params) => {
    const headers = { 'content-type': 'text/xml', authorization: `Bearer ${token}` };
    const asked = request({ host: '127.0.0.1', port, path: '/RPC2', method: 'POST', agent, headers });
    asked.end(writeCall({ method, params }));
    const [response] = await once(asked, 'response');
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    const answer = readAnswer(readXml(text, bounds));
    if ('fault' in answer) throw new Error(`${method}: ${answer.fault.text}`);
    return answer.value;
  };
  return { call, [Symbol.dispose]: () => agent.destroy() };
}

function tableOf(outcomes: readonly Outcome<Figures>[]): string {
  const peer = outcomes.find(({ name }) => name === reference);
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
    outcomes.map((it) => [
      it.absent === undefined ? it.name : `${it.name}: ${it.absent}`,
      shown(rateOf(it, 'named')),
      ratio(rateOf(it, 'named'), rateOf(peer, 'named')),
      shown(rateOf(it, 'asked')),
      ratio(rateOf(it, 'asked'), rateOf(peer, 'asked')),
      shown(rateOf(it, 'jobs')),
    ]),
  );
}
