/** `labkeep doctor`: a line for each part that has to work, and what to do where one does not. */
import type { Command } from 'commander';
import { dataFolder, dataPaths } from '../../daemon/data-paths.ts';
import type { Cli } from '../cli.ts';
import { type ServerOptions, withServer } from '../connect.ts';
import { plain } from '../text.ts';
import type { Finding } from './check.ts';
import { checkKeptRuns } from './kept-runs.ts';
import { checkServer } from './the-server.ts';
import { checkDataFolder, checkDiskSpace, checkNode, checkStorage } from './this-machine.ts';

export function define(command: Command, cli: Cli): void {
  withServer(command).action(async (options: ServerOptions) => {
    const paths = dataPaths(dataFolder(options.data, cli.env));
    const findings = [
      checkNode(process.versions.node),
      checkDataFolder(paths),
      checkStorage(paths),
      checkDiskSpace(paths),
      ...checkKeptRuns(paths),
      ...(await checkServer(cli, options)),
    ];
    const amiss = findings.filter(({ ok }) => ok === false).length;
    if (options.json) cli.terminal.json({ ok: amiss === 0, findings });
    else printFindings(cli, findings, amiss);
    if (amiss > 0) cli.exit(1);
  });
}

function printFindings({ terminal }: Cli, findings: readonly Finding[], amiss: number): void {
  const width = Math.max(...findings.map(({ part }) => part.length));
  for (const { part, ok, found, advice } of findings) {
    terminal.out(`${markOf(terminal, ok)} ${terminal.paint(part.padEnd(width), 'bold')}  ${plain(found)}`);
    if (advice !== null) terminal.out(`  ${' '.repeat(width)}  ${plain(advice)}`);
  }
  terminal.out(
    amiss === 0
      ? 'All is well.'
      : `${amiss} of ${findings.length} parts ${amiss === 1 ? 'is' : 'are'} amiss.`,
  );
}

function markOf(terminal: Cli['terminal'], ok: boolean | null): string {
  if (ok === null) return terminal.paint('–', 'dim');
  return ok ? terminal.paint('✔', 'green') : terminal.paint('✘', 'red');
}
