/** Selections at the command line. */
import { LabkeepError } from '@labkeep/client';
import type { Command } from 'commander';
import { Fault } from '../core/faults.ts';
import { parseSelection } from '../core/select/parse.ts';
import { printSelection } from '../core/select/print.ts';
import type { Cli } from './cli.ts';
import { report } from './refusal.ts';
import { plain } from './text.ts';

export interface WhereOption {
  readonly where?: string;
}

export function withWhere(command: Command, about: string): Command {
  return command.option('--where <selection>', `${about}, such as 'state:failed tag:native Rfree<0.25'`);
}

/** As the server reads it: paths are absolute. What is not understood is for the server to refuse, with the place. */
function forServer(cli: Cli, text: string): string {
  try {
    return printSelection(parseSelection(text, cli.folder));
  } catch (error) {
    if (error instanceof Fault) return text;
    throw error;
  }
}

/** Does something with a selection; one that is not understood is shown with its wrong part marked. */
export async function withSelection<T>(
  cli: Cli,
  text: string,
  json: boolean,
  act: (where: string) => Promise<T>,
): Promise<T | null> {
  try {
    return await act(forServer(cli, text));
  } catch (error) {
    if (!(error instanceof LabkeepError) || error.code !== 'selection_invalid') throw error;
    cli.exit(report(error, cli.terminal, json));
    const { position, length } = error;
    if (json || position === null) return null;
    cli.terminal.say(`  ${plain(text)}`);
    cli.terminal.say(`  ${' '.repeat(position - 1)}${'^'.repeat(length ?? 1)}`);
    return null;
  }
}
