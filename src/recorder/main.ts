/** The entry of `labkeep run`, apart from the rest of the command line: it loads nothing that it can do without. */
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { systemCode, systemWords } from '../daemon/system-error.ts';
import { LocalRecording } from './local-recording.ts';
import { notStarted, type ServerStart, startPassingServer } from './passing-server.ts';
import { type Recording, unkept } from './recording.ts';
import { RemoteRecording } from './remote-recording.ts';
import type { RunReport } from './report.ts';
import { run } from './run.ts';
import { runVariable } from './run-variable.ts';
import { endAs } from './signals.ts';
import { Spool } from './spool.ts';
import { UsageError } from './usage-error.ts';
import { readWish, type Wish } from './wish.ts';

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
  const { code, signal } = await run(named(wish), process.env, (report) => begin(report, wish, program));
  endAs(code, signal);
}

/** With the project that the environment names, if none is named. */
function named(wish: Wish): Wish {
  return wish.project === null ? { ...wish, project: given(process.env.LABKEEP_PROJECT) ?? null } : wish;
}

function begin(report: RunReport, wish: Wish, program: readonly string[]): Recording {
  const { env } = process;
  const paths = dataPaths(dataFolder(wish.data, env));
  const server = wish.server ?? given(env.LABKEEP_SERVER) ?? given(env.LABKEEP_URL);
  try {
    const spool = new Spool(paths.runs);
    if (server !== undefined) {
      const token = wish.token ?? given(env.LABKEEP_TOKEN);
      return RemoteRecording.begin(spool, report, paths.folder, { url: server, token });
    }
    const start = (): ServerStart =>
      wish.startServer ? startPassingServer(program, paths.folder) : notStarted;
    return LocalRecording.begin(spool, report, paths, outerRun(env), start);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return unkept(`${paths.runs} cannot be written: ${systemWords(error)}`);
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
