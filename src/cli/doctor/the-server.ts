/** What only a server can say: whether it answers, who asks, who works, and what time it is. */
import { type Health, type LabkeepClient, LabkeepError, type Me, type Worker } from '@labkeep/client';
import { span } from '../../recorder/span.ts';
import { all } from '../all.ts';
import type { Cli } from '../cli.ts';
import { clientOf, connectNow, type ServerAddress, type ServerOptions } from '../connect.ts';
import { problemText } from '../db/problem-text.ts';
import { serverText } from '../status.ts';
import { counted } from '../text.ts';
import { version } from '../version.ts';
import { amiss, type Finding, fine, unseen } from './check.ts';

const skewMsMax = 5_000;

export async function checkServer(cli: Cli, options: ServerOptions): Promise<readonly Finding[]> {
  const asked = cli.now();
  const reached = await tried(async () => {
    const { client, server } = connectNow(cli, options);
    return { client, server, health: await client.health() };
  });
  if (reached instanceof LabkeepError)
    return [
      amiss(
        'Server',
        reached.detail,
        reached.advice ?? 'Start one with labkeep up, or name one with --server.',
      ),
      ...['Token', 'Worker', 'Clock'].map((part) => unseen(part, 'not known without a server')),
    ];
  const { client, server, health } = reached;
  const clock = checkClock(health, asked, cli.now());
  const me = await tried(() => client.me());
  return [
    checkVersion(health, serverText(health, server)),
    ...(await checkOthers(server)),
    checkToken(me),
    me instanceof LabkeepError
      ? unseen('Worker', 'not known without a token')
      : await checkWorker(client, me),
    ...(me instanceof LabkeepError ? [] : await checkCatalogue(client)),
    clock,
    ...(me instanceof LabkeepError ? [] : mentionVerify(me)),
  ];
}

async function tried<T>(ask: () => Promise<T>): Promise<T | LabkeepError> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LabkeepError) return error;
    throw error;
  }
}

/** Of several servers those that do not answer, while another does. */
async function checkOthers(server: ServerAddress): Promise<readonly Finding[]> {
  const urls = server.url.split(',');
  if (urls.length === 1) return [];
  const found = await Promise.all(
    urls.map(async (url) => {
      const health = await tried(() => clientOf({ ...server, url }, { retryForMs: 0 }).health());
      if (!(health instanceof LabkeepError)) return [];
      const detail = health.detail.includes(url) ? health.detail : `${url}: ${health.detail}`;
      return [amiss('Server', detail, 'Another answers for it. Start it again, or leave out its address.')];
    }),
  );
  return found.flat();
}

function checkVersion(health: Health, found: string): Finding {
  const minor = (text: string): string => text.split('.').slice(0, 2).join('.');
  return minor(health.version) === minor(version)
    ? fine('Server', found)
    : amiss('Server', `${found}; this program is ${version}`, 'Use the same version on both sides.');
}

function checkToken(me: Me | LabkeepError): Finding {
  if (me instanceof LabkeepError)
    return amiss(
      'Token',
      me.detail,
      me.advice ?? 'Give one with LABKEEP_TOKEN; labkeep token create makes one.',
    );
  const roles = me.grants.map(({ role, project }) => (project === null ? role : `${role} of ${project}`));
  return fine('Token', `you are ${me.principal} (${roles.join(', ')})`);
}

async function checkWorker(client: LabkeepClient, me: Me): Promise<Finding> {
  const part = 'Worker';
  const workers = await tried(() => all(client.workers.each({ limit: 1_000 })));
  if (workers instanceof LabkeepError) return unseen(part, workers.detail);
  const serves = ({ principal, accept }: Worker): boolean =>
    principal === me.principal || accept.includes(me.principal);
  const mine = workers.filter((worker) => worker.state === 'connected' && serves(worker));
  if (mine.length === 0)
    return amiss(part, 'none is connected that runs your jobs', 'Start one with labkeep worker.');
  const slots = mine.reduce((sum, { capacity }) => sum + capacity, 0);
  const names = mine.slice(0, 3).map(({ name }) => name);
  const rest = mine.length > names.length ? ` and ${mine.length - names.length} more` : '';
  return fine(part, `${names.join(', ')}${rest}: ${counted(slots, 'slot')} for your jobs`);
}

/** Nothing to say where no file that declares databases has a problem. */
async function checkCatalogue(client: LabkeepClient): Promise<readonly Finding[]> {
  const page = await tried(() => client.databases.list({ limit: 1 }));
  if (page instanceof LabkeepError) return [];
  // A server of before tells none.
  const { problems = [] } = page;
  return problems.map((problem) =>
    amiss(
      'Catalogue',
      problemText(problem),
      'Mend the file; it is read again by itself. Until then what it said before stays.',
    ),
  );
}

/** It reads all that is recorded, so it is not done in passing; and only admins may. */
function mentionVerify({ grants }: Me): readonly Finding[] {
  const mayVerify = grants.some(({ role, project }) => role === 'admin' && project === null);
  return mayVerify ? [unseen('Record', 'labkeep verify compares it with itself')] : [];
}

/** The server’s time lies between the question and the answer, if the clocks agree. */
function checkClock({ now }: Health, asked: number, answered: number): Finding {
  const theirs = Date.parse(now);
  const skewMs = theirs < asked ? asked - theirs : Math.max(0, theirs - answered);
  if (skewMs <= skewMsMax) return fine('Clock', 'agrees with the server’s');
  const direction = theirs < asked ? 'ahead of' : 'behind';
  return amiss(
    'Clock',
    `${span(skewMs)} ${direction} the server’s`,
    'Let both keep time (NTP): times that are shown, and delays that are asked for, would be wrong.',
  );
}
