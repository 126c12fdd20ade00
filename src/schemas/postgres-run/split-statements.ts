/**
 * SQL text into statements, as psql cuts it: at a semicolon that is not in quotes, dollar quotes, a comment, parentheses
 * or the body of an SQL function (BEGIN ATOMIC … END).
 */
import { Fault } from '../../core/faults.ts';

export interface SqlStatement {
  readonly text: string;
  /** Of its first word, counted from 1. */
  readonly line: number;
  /** Its words that are not quoted, in capitals; of a long statement the first few. */
  readonly words: readonly string[];
}

const wordsKept = 200;
const wordStart = /[\p{L}_]/u;
const word = /[\p{L}\p{N}_$]+/uy;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/** Cuts a file into statements; what no server would understand, psql’s own commands among it, is refused with its line. */
export function splitStatements(sql: string, file: string): readonly SqlStatement[] {
  return new Splitter(sql, file).all();
}

class Splitter {
  readonly #sql: string;
  readonly #file: string;
  readonly #found: SqlStatement[] = [];
  #at = 0;
  #line = 1;
  /** Up to where the lines are counted. */
  #counted = 0;
  #start: number | null = null;
  #startLine = 1;
  #words: string[] = [];
  #parentheses = 0;
  #blocks = 0;

  constructor(sql: string, file: string) {
    this.#sql = sql;
    this.#file = file;
  }

  all(): readonly SqlStatement[] {
    while (this.#at < this.#sql.length) this.#step(this.#sql.charAt(this.#at));
    this.#cut();
    return this.#found;
  }

  #step(char: string): void {
    const sql = this.#sql;
    const next = sql.charAt(this.#at + 1);
    if (char === '-' && next === '-') this.#to(endOf(sql, '\n', this.#at) ?? sql.length);
    else if (char === '/' && next === '*') this.#comment();
    else if (/\s/.test(char)) this.#at += 1;
    else if (char === ';' && this.#parentheses === 0 && this.#blocks === 0) {
      this.#cut();
      this.#at += 1;
    } else this.#token(char);
  }

  /** One part of a statement. */
  #token(char: string): void {
    this.#begin();
    if (char === '\\')
      throw this.#refusal('sql_unsupported', 'a command of psql, which no server knows', this.#lineHere());
    if (char === "'") this.#quoted("'", false);
    else if (char === '"') this.#quoted('"', false);
    else if (char === '$' && this.#matches(dollarTag) !== null)
      this.#dollarQuoted(this.#matches(dollarTag) ?? '');
    else if (wordStart.test(char) || isHighSurrogate(char)) this.#word();
    else if (/\d/.test(char)) this.#to(this.#at + (this.#matches(word) ?? char).length);
    else {
      if (char === '(') this.#parentheses += 1;
      if (char === ')') this.#parentheses = Math.max(0, this.#parentheses - 1);
      this.#at += 1;
    }
  }

  #word(): void {
    const found = this.#matches(word) ?? this.#sql.charAt(this.#at);
    this.#at += found.length;
    const capitals = found.toUpperCase();
    if (capitals === 'E' && this.#sql.charAt(this.#at) === "'") {
      this.#quoted("'", true);
      return;
    }
    if (this.#parentheses === 0) this.#follow(capitals);
    if (this.#words.length < wordsKept) this.#words.push(capitals);
  }

  /** The body of an SQL function ends with its own END, and each CASE in it too. */
  #follow(capitals: string): void {
    const [first, second, third, fourth] = this.#words;
    const kind = second === 'OR' && third === 'REPLACE' ? fourth : second;
    if (first !== 'CREATE' || (kind !== 'FUNCTION' && kind !== 'PROCEDURE')) return;
    if (capitals === 'BEGIN' || (capitals === 'CASE' && this.#blocks > 0)) this.#blocks += 1;
    if (capitals === 'END' && this.#blocks > 0) this.#blocks -= 1;
  }

  #quoted(mark: string, escapes: boolean): void {
    const line = this.#lineHere();
    for (let at = this.#at + 1; at < this.#sql.length; at += 1) {
      const char = this.#sql.charAt(at);
      if (escapes && char === '\\') at += 1;
      else if (char === mark) {
        this.#to(at + 1);
        return;
      }
    }
    throw this.#refusal('sql_unsupported', `a ${mark} that is not closed`, line);
  }

  #dollarQuoted(tag: string): void {
    const end = endOf(this.#sql, tag, this.#at + tag.length);
    if (end === null) throw this.#refusal('sql_unsupported', `a ${tag} that is not closed`, this.#lineHere());
    this.#to(end);
  }

  #comment(): void {
    const line = this.#lineHere();
    let depth = 0;
    for (let at = this.#at; at < this.#sql.length - 1; at += 1) {
      const pair = this.#sql.slice(at, at + 2);
      if (pair === '/*') depth += 1;
      if (pair === '*/') depth -= 1;
      if (pair === '/*' || pair === '*/') at += 1;
      if (depth > 0) continue;
      this.#to(at + 1);
      return;
    }
    throw this.#refusal('sql_unsupported', 'a comment that is not closed', line);
  }

  #begin(): void {
    if (this.#start !== null) return;
    this.#start = this.#at;
    this.#startLine = this.#lineHere();
  }

  #cut(): void {
    if (this.#start !== null) {
      const statement = {
        text: this.#sql.slice(this.#start, this.#at).trimEnd(),
        line: this.#startLine,
        words: this.#words,
      };
      refuseUnfit(statement, this.#file);
      this.#found.push(statement);
    }
    this.#start = null;
    this.#words = [];
    this.#parentheses = 0;
    this.#blocks = 0;
  }

  #to(at: number): void {
    this.#at = at;
  }

  #matches(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#sql)?.[0] ?? null;
  }

  #lineHere(): number {
    for (; this.#counted < this.#at; this.#counted += 1)
      if (this.#sql.charCodeAt(this.#counted) === 10) this.#line += 1;
    return this.#line;
  }

  #refusal(code: 'sql_unsupported', what: string, line: number): Fault {
    return unfit(
      code,
      what,
      this.#file,
      line,
      this.#sql.slice(this.#at, this.#at + 80).split('\n', 1)[0] ?? '',
    );
  }
}

/** Statements that would end the transaction of the task, or that read data from the client. */
function refuseUnfit({ words, line, text }: SqlStatement, file: string): void {
  const [first = '', second = ''] = words;
  const refuse = (what: string): never => {
    throw unfit('sql_unsupported', what, file, line, text.slice(0, 80));
  };
  const endsTransaction =
    ['BEGIN', 'COMMIT', 'END', 'ABORT'].includes(first) ||
    (first === 'ROLLBACK' && !words.slice(1, 3).includes('TO')) ||
    (first === 'START' && second === 'TRANSACTION') ||
    (first === 'PREPARE' && second === 'TRANSACTION');
  if (endsTransaction) refuse('a statement that begins or ends a transaction: the task does that itself');
  if (first === 'COPY' && words.some((word, index) => word === 'FROM' && words[index + 1] === 'STDIN'))
    refuse('COPY … FROM STDIN, with data in the file; pg_dump --inserts writes statements instead');
  if (first === 'COPY' && words.some((word, index) => word === 'TO' && words[index + 1] === 'STDOUT'))
    refuse('COPY … TO STDOUT: nobody reads it');
}

function unfit(code: 'sql_unsupported', what: string, file: string, line: number, found: string): Fault {
  return new Fault(code, { detail: `${file}, line ${line}: ${what}`, found, facts: { file, line } });
}

function endOf(text: string, mark: string, from: number): number | null {
  const at = text.indexOf(mark, from);
  return at === -1 ? null : at + mark.length;
}

function isHighSurrogate(char: string): boolean {
  const code = char.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdbff;
}
