/** The entry of `labkeep run`, apart from the rest of the command line: it loads nothing that it can do without. */
import { dataFolder, dataPaths } from '../daemon/data-paths.ts';
import { ownAmong, readToken } from '../daemon/discovery.ts';
import { systemCode, systemWords } from '../daemon/system-error.ts';
import { LocalRecording } from './local-recording.ts';
import { notStarted, type ServerStart, startPassingServer } from './passing-server.ts';
import type { Recording } from './recording.ts';
import type { RunReport } from './report.ts';
import { run } from './run.ts';
import { endAs } from './signals.ts';
import { outerRun, Spool } from './spool.ts';
import type { Aliases } from './spool-parts.ts';
import { readWish, UsageError, type Wish } from './wish.ts';

export async function main(words: readonly string[], program: readonly string[]): Promise<void> {
  let wish: Wish;
  let aliases: Aliases | null;
  try {
    wish = await named(readWish(words));
    aliases = wish.aliases.length === 0 ? null : (await import('./aliases.ts')).readAliases(wish.aliases);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`labkeep: ${error.message}\n  ${error.advice}\n`);
    process.exitCode = 2;
    return;
  }
  const { code, signal } = await run(wish, process.env, (report) =>
    begin(report, { wish, aliases }, program),
  );
  endAs(code, signal);
}

/** With the project that the environment names, if none is named. What could not be a name is refused while it costs nothing. */
async function named(wish: Wish): Promise<Wish> {
  const project = wish.project ?? given(process.env.LABKEEP_PROJECT) ?? null;
  if (project === null && wish.task === null) return wish;
  const { isName, nameRule } = await import('../core/names.ts');
  for (const [option, name] of [
    [wish.project === null ? 'LABKEEP_PROJECT' : '--project', project],
    ['--task', wish.task],
  ])
    if (name != null && !isName(name))
      throw new UsageError(
        `${option} is ${JSON.stringify(name)}, expected a name: ${nameRule}`,
        'Such as toxd.',
      );
  return { ...wish, project };
}

async function begin(
  run: RunReport,
  { wish, aliases }: { readonly wish: Wish; readonly aliases: Aliases | null },
  program: readonly string[],
): Promise<Recording> {
  const { env } = process;
  const paths = dataPaths(dataFolder(wish.data, env));
  const server = wish.server ?? given(env.LABKEEP_SERVER) ?? given(env.LABKEEP_URL);
  try {
    const spool = new Spool(paths.runs);
    if (server !== undefined) {
      const token =
        wish.token ??
        given(env.LABKEEP_TOKEN) ??
        (ownAmong(server, paths.discovery) && readToken(paths.token));
      const { RemoteRecording } = await import('./remote-recording.ts');
      return RemoteRecording.begin(spool, { run, aliases }, paths.folder, { url: server, token });
    }
    const start = (): ServerStart =>
      wish.startServer ? startPassingServer(program, paths.folder) : notStarted;
    return LocalRecording.begin(spool, { run, aliases }, paths, outerRun(env), start);
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return unkept(`${paths.runs} cannot be written: ${systemWords(error)}`);
  }
}

/** A run that cannot even be written down, as on a full disk: its command runs all the same. */
function unkept(why: string): Recording {
  return {
    dataFolder: null,
    keptIn: null,
    attend: () => undefined,
    asks: async () => null,
    finish: async () => ({ why }),
  };
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
