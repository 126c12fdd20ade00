/**
 * A holder in a process of its own: opens a session, takes a path exclusively, renews, and works under its epoch. At the
 * moment that it is told of it stops itself, as a machine that sleeps would; it writes what became of its work.
 */
import { Fault } from '../../../src/core/faults.ts';
import { runPostgres } from '../../../src/schemas/postgres-run/run.ts';
import { openPostgres } from '../../../src/storage/postgres/open.ts';
import { ada, chance } from '../../storage/support.ts';
import { openSession, takeExclusively } from './sessions.ts';

/** When it stops: the beginning of a word of progress, or of a line of the log. */
const [storageUrl = '', address = '', path = '', transaction = '', moment = ''] = process.argv.slice(2);
const storage = await openPostgres({ url: storageUrl, chance });
const session = await openSession(storage);
const { epoch } = await takeExclusively(storage, session, path);
if (epoch === null) throw new Error('not granted');
const renewals = setInterval(() => {
  storage.renewSession({ principal: ada.principal, session, used: false }).catch((error: unknown) => {
    say(`renewal: ${error instanceof Fault ? error.code : String(error)}`);
    clearInterval(renewals);
  });
}, 700);
const files = [
  { name: '1.sql', sql: `insert into t values (1)` },
  { name: '2.sql', sql: `select n from t; insert into t values (-1)` },
];
try {
  await runPostgres(
    {
      address,
      claim: { path, epoch },
      mode: 'exclusive',
      schema: null,
      files,
      transaction: transaction === 'file' ? 'file' : 'one',
    },
    { signal: new AbortController().signal, progress: (_fraction, text = '') => stopAt(text), log: stopAt },
  );
  say('committed');
} catch (error) {
  say(error instanceof Fault ? `${error.code} ${JSON.stringify(error.said.facts)}` : String(error));
}
clearInterval(renewals);
await storage.close();

function stopAt(text: string): void {
  if (!text.startsWith(moment)) return;
  say(`stops with epoch ${epoch}`);
  process.kill(process.pid, 'SIGSTOP');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
