/** The entry of `labkeep run`, apart from the rest of the command line: it loads nothing that it can do without. */
import { spawn } from 'node:child_process';
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { LocalRecording, type ServerStart } from './local-recording.ts';
import type { Recording } from './recording.ts';
import type { RunReport } from './report.ts';
import { run, runVariable } from './run.ts';
import { endAs } from './signals.ts';
import { Spool } from './spool.ts';
import { UsageError } from './usage-error.ts';
import { readWish, type Wish } from './wish.ts';

/** A server that was started for a run ends when nothing has happened for so long. */
const idleS = 600;

export async function main(words: readonly string[], program: readonly string[]): Promise<void> {
  let wish: Wish;
  try {
    wish = readWish(words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`labkeep: ${error.message}\n  ${error.advice}\n`);
    process.exitCode = 2;
    return;
  }
  const { env } = process;
  const paths = dataPaths(dataFolder(wish.data, env));
  const spool = new Spool(paths.runs);
  const server = wish.server ?? given(env.LABKEEP_SERVER) ?? given(env.LABKEEP_URL);
  if (wish.project === null && given(env.LABKEEP_PROJECT) !== undefined)
    wish = { ...wish, project: env.LABKEEP_PROJECT ?? null };
  const begin = await beginner();
  const { code, signal } = await run(wish, env, begin);
  endAs(code, signal);

  async function beginner(): Promise<(report: RunReport) => Recording> {
    if (server === undefined)
      return (report) =>
        LocalRecording.begin(spool, report, paths, outerRun(env), () =>
          wish.startServer ? startServer(program, paths.folder) : notStarted,
        );
    const { RemoteRecording } = await import('./remote-recording.ts');
    const token = wish.token ?? given(env.LABKEEP_TOKEN);
    return (report) => RemoteRecording.begin(spool, report, paths.folder, { url: server, token });
  }
}

/** The run that started us, if one did. */
function outerRun(env: NodeJS.ProcessEnv): string | null {
  const key = env[runVariable] ?? '';
  return /^[0-9a-f-]{36}$/.test(key) ? key : null;
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** What `labkeep up` ends with where another server holds the data folder. */
const heldCode = 5;

function startServer([command = '', ...words]: readonly string[], folder: string): ServerStart {
  const up = [...words, 'up', '--data', folder, '--end-when-idle', String(idleS)];
  const server = spawn(command, up, { cwd: '/', detached: true, stdio: 'ignore' });
  server.unref();
  let failed = false;
  server.once('error', () => {
    failed = true;
  });
  server.once('exit', (code) => {
    failed = code !== heldCode;
  });
  return { hasFailed: () => failed };
}

const notStarted: ServerStart = { hasFailed: () => true };
