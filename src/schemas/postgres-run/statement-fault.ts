import pg from 'pg';
import { Fault } from '../../core/faults.ts';
import { isLoss } from '../connect.ts';
import type { SqlStatement } from './split-statements.ts';

const statementShownMax = 300;

/** The error of a statement with its file, its line and its SQLSTATE; any other error as it is. */
export function statementFault(error: unknown, file: string, { text, line }: SqlStatement): unknown {
  if (!(error instanceof pg.DatabaseError) || isLoss(error)) return error;
  const errorLine = line + linesBefore(text, error.position);
  const sqlstate = error.code ?? null;
  const statement = text.length > statementShownMax ? `${text.slice(0, statementShownMax)}…` : text;
  const more = [error.detail, error.hint].filter((each) => each !== undefined).join(' ');
  return new Fault(
    'sql_failed',
    {
      detail: `${file}, line ${errorLine}: ${error.message} (SQLSTATE ${sqlstate})${more === '' ? '' : ` ${more}`}; the statement: ${statement}`,
      facts: { file, line: errorLine, statementLine: line, sqlstate, message: error.message, statement },
    },
    error,
  );
}

/** PostgreSQL counts characters, not the units of a string. */
function linesBefore(text: string, position: string | undefined): number {
  if (position === undefined) return 0;
  return Array.from(text)
    .slice(0, Number(position) - 1)
    .filter((char) => char === '\n').length;
}
