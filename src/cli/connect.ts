/** Which server a command talks to: the one that is named, else the one of the data folder. */
import { readFileSync } from 'node:fs';
import { LabkeepClient } from '@labkeep/client';
import type { Command, Option } from 'commander';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { ownAmong, readDiscovery, readToken, runsHere } from '../daemon/discovery.ts';
import { isLoopback } from '../daemon/listen-address.ts';
import { systemWords } from '../daemon/system-error.ts';
import type { Cli } from './cli.ts';
import { serverGroup, serverHelp } from './commands.ts';
import type { WatchOption } from './live.ts';
import { refusal } from './refusal.ts';

/** What every command that talks to a server takes. */
export interface ServerOptions {
  readonly json?: true;
  readonly server?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly data?: string;
}

export function withServer(command: Command): Command {
  const option = (flags: string, description: string): Option =>
    command.createOption(flags, description).helpGroup(serverGroup);
  return command
    .addOption(
      option('--server <url>', serverHelp.server).argParser((url, others: string | undefined) =>
        [others, url].filter((it) => it).join(','),
      ),
    )
    .addOption(option('--token <token>', serverHelp.token))
    .addOption(option('--ca <file>', 'also trust this certificate (LABKEEP_CA)'))
    .addOption(option('--data <folder>', serverHelp.data))
    .option('--json', 'print what the server answered, as JSON');
}

export interface ServerAddress {
  /** Of several equal servers, all addresses, with commas. */
  readonly url: string;
  readonly token: string | null;
  /** A certificate’s file to trust, besides those that are trusted anyway. */
  readonly ca: string | null;
  /** Whether it is the server of this machine’s data folder. */
  readonly isOwn: boolean;
}

export function findServer({ env }: Cli, options: ServerOptions): ServerAddress {
  const paths = dataPaths(dataFolder(options.data, env));
  const named = options.server ?? given(env.LABKEEP_SERVER) ?? given(env.LABKEEP_URL);
  const token = options.token ?? given(env.LABKEEP_TOKEN);
  const ca = options.ca ?? given(env.LABKEEP_CA);
  if (named !== undefined) {
    const url = checkUrls(named);
    const own = ownAmong(url, paths.discovery);
    return {
      url,
      token: token ?? (own && readToken(paths.token)),
      ca: ca ?? own?.certificate ?? null,
      isOwn: false,
    };
  }
  const found = readDiscovery(paths.discovery);
  if (found === null)
    throw refusal(
      'server_away',
      `No server runs on the data folder ${paths.folder}`,
      'Start one with labkeep up, or name one with --server.',
    );
  if (!runsHere(found) && isLoopback(new URL(found.url).hostname))
    throw refusal(
      'server_away',
      `The server of the data folder ${paths.folder} runs on ${found.host}, and listens to that machine alone`,
      `Work on ${found.host}, or let it listen to others there (labkeep up --listen). Runs are recorded from here all the same.`,
    );
  return { url: found.url, token: token ?? readToken(paths.token), ca: ca ?? found.certificate, isOwn: true };
}

/** Trying again for so long covers a server that is being restarted, and does not keep people waiting. */
const patienceMs = 1_000;
/** Who names several has a storage that may fail over: writes wait up to 15 s for that, then are refused. */
const patienceMsOfSeveral = 20_000;

interface Connection {
  readonly client: LabkeepClient;
  readonly server: ServerAddress;
}

export function connect(cli: Cli, options: ServerOptions & WatchOption): Connection {
  if (options.watch === true) return connectNow(cli, options);
  const server = findServer(cli, options);
  const retryForMs = server.url.includes(',') ? patienceMsOfSeveral : patienceMs;
  return { client: clientOf(server, { retryForMs }), server };
}

/** For what says how it is just now: that no server answers is told at once. */
export function connectNow(cli: Cli, options: ServerOptions): Connection {
  const server = findServer(cli, options);
  return { client: clientOf(server, { retryForMs: patienceMs }), server };
}

interface Patience {
  readonly retryForMs: number;
  /** Of one try. */
  readonly timeoutMs?: number;
}

export function clientOf(
  { url, token, ca }: ServerAddress,
  { retryForMs, timeoutMs }: Patience,
): LabkeepClient {
  return new LabkeepClient({
    url,
    retry: { forMs: retryForMs },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(token === null ? {} : { token }),
    ...(ca === null ? {} : { fetch: trusting(ca) }),
  });
}

/** A fetch that trusts one more certificate; only who needs one waits for TLS to be loaded. */
function trusting(ca: string): typeof fetch {
  let trusted: Promise<void> | null = null;
  return async (input, init) => {
    trusted ??= trustAlso(ca);
    await trusted;
    return fetch(input, init);
  };
}

/** Makes this thread trust one more certificate. */
export async function trustAlso(file: string): Promise<void> {
  const { getCACertificates, setDefaultCACertificates } = await import('node:tls');
  try {
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')]);
  } catch (error) {
    throw refusal(
      'usage',
      `The certificate ${file} cannot be used: ${systemWords(error)}`,
      'Name another with --ca.',
    );
  }
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** One address, or several with commas. */
function checkUrls(text: string): string {
  const urls = text.split(',').map((url) => url.trim());
  const wrong = urls.find((url) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol));
  if (wrong === undefined) return urls.join(',');
  throw refusal(
    'usage',
    `${JSON.stringify(wrong)} is not the address of a server`,
    'Write it as http://HOST:PORT or https://HOST:PORT.',
  );
}
