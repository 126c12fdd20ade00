/** What went wrong, in two lines: what, and the next step. Every error of a command leaves through here. */
import { LabkeepError } from '@labkeep/client';
import type { CommanderError } from 'commander';
import { asSentence, Fault, type FaultCode, faultTable, shown } from '../core/faults.ts';
import { nextSteps } from './next-steps.ts';
import type { Terminal } from './terminal.ts';
import { plain } from './text.ts';

/** A refusal of the command line itself, with its own next step. */
export function refusal(code: FaultCode, detail: string, advice?: string): LabkeepError {
  return new LabkeepError({ code, detail, advice: advice ?? faultTable[code].advice });
}

interface Refused {
  readonly code: FaultCode;
  readonly said: string;
  readonly advice: string;
  readonly problem: object;
}

/** Says it, on stderr; answers with the exit code. `command` is the one whose help is of use. */
export function report(error: unknown, terminal: Terminal, json: boolean, command?: string): number {
  const refused = refusedOf(error, command);
  if (refused === null) {
    terminal.say(
      `labkeep: this is a fault of Labkeep itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    terminal.say('  labkeep doctor looks whether all parts work.');
    return faultTable.internal.exit;
  }
  if (json) terminal.say(JSON.stringify(refused.problem));
  else {
    terminal.say(`labkeep: ${plain(refused.said)}`);
    terminal.say(`  ${plain(refused.advice)}`);
  }
  return faultTable[refused.code].exit;
}

function refusedOf(error: unknown, command?: string): Refused | null {
  if (isOfCommander(error))
    return refusedOf(
      refusal('usage', usageText(error), `See labkeep help${command === undefined ? '' : ` ${command}`}.`),
    );
  if (error instanceof Fault) {
    const { detail, field, found, expected } = error.said;
    return describe({
      code: error.code,
      status: null,
      detail: detail ?? null,
      advice: error.advice,
      field,
      found,
      expected,
    });
  }
  if (!(error instanceof LabkeepError)) return null;
  const { status, detail, advice, field, found, expected } = error;
  return describe({ code: codeOf(error), status, detail, advice, field, found, expected });
}

interface Facts {
  readonly code: FaultCode;
  readonly status: number | null;
  readonly detail: string | null;
  readonly advice: string | null;
  readonly field: string | null | undefined;
  readonly found: unknown;
  readonly expected: string | null | undefined;
}

function describe(facts: Facts): Refused {
  const { meaning, advice: usual } = faultTable[facts.code];
  const { status, field, found, expected } = facts;
  const detail = facts.detail ?? meaning;
  const advice = facts.advice ?? usual;
  const isBare = field == null && expected == null && typeof found === 'string';
  const parts = isBare
    ? detail.includes(found)
      ? []
      : [found]
    : [
        ...(field == null ? [] : [`field ${field}`]),
        ...(found === undefined ? [] : [`found ${shown(found)}`]),
        ...(expected == null ? [] : [`expected ${expected}`]),
      ];
  const said = asSentence(`${detail.replace(/\.$/, '')}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`);
  const problem = {
    type: `https://labkeep.dev/errors#${facts.code}`,
    title: meaning,
    status,
    detail,
    code: facts.code,
    ...(field == null ? {} : { field }),
    ...(found === undefined ? {} : { found }),
    ...(expected == null ? {} : { expected }),
    advice,
  };
  const typed = advice === usual ? nextSteps[facts.code] : undefined;
  return { code: facts.code, said, advice: typed ?? advice, problem };
}

/** A newer server, or something between, may answer with a code that is not in the table: then the status decides. */
function codeOf({ code, status }: LabkeepError): FaultCode {
  if (code in faultTable) return code as FaultCode;
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'route_unknown';
    case 409:
      return 'state_conflict';
    default:
      return status === null || status >= 502 ? 'server_away' : 'internal';
  }
}

/** Told by its code, so that what goes wrong before commander is needed does not load it. */
function isOfCommander(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

/** commander says `error: unknown command 'jbos'` and on a second line `(Did you mean jobs?)`. */
function usageText(error: CommanderError): string {
  if (error.code === 'commander.help') return 'Which of these commands is meant?';
  const [first = '', second] = error.message.replace(/^error: /, '').split('\n');
  const text = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.$/, '');
  const meant = /\(Did you mean (.*)\?\)/.exec(second ?? '')?.[1];
  return meant === undefined ? text : `${text}; did you mean ${meant}?`;
}
