/**
 * The spool: a folder in the data folder through which a run is told to the server of that folder. Each run has up to
 * three files, written whole: KEY.start.json and KEY.end.json by the recorder, KEY.told.json by the server. So the same
 * steps work when the server is away, or on another machine that shares the folder; and nothing is lost when either
 * side is killed. A part that cannot be read is set aside in `unreadable`, for a person to look at.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { orNull } from '../worker/programs/look.ts';
import { syncPath } from '../worker/supervisor/attempt-folder.ts';
import { identify, type ProcessIdentity } from '../worker/supervisor/processes.ts';
import type { EndReport, Told, Untold } from './report.ts';
import {
  type Fields,
  parsePart,
  readEnd,
  readStart,
  readTold,
  type SpooledStart,
  UnreadablePartError,
} from './spool-parts.ts';

type Part = 'start' | 'end' | 'told';
const parts: readonly Part[] = ['start', 'end', 'told'];

/** The recorder touches the start of its run this often, so that it is seen to be alive. */
export const touchEveryMs = 20_000;

/** In the environment of a recorded command: the key of its run, by which programs within it are known to be of it. */
export const runVariable = 'LABKEEP_RUN';

/** The key of the run that this program is part of, if it is. */
export function outerRun(env: Readonly<Record<string, string | undefined>>): string | null {
  const key = env[runVariable] ?? '';
  return /^[0-9a-f-]{36}$/.test(key) ? key : null;
}

/** This process, as the recorder of a run. */
export function recorderHere(): ProcessIdentity {
  return identify(process.pid) ?? { pid: process.pid, startTicks: '' };
}

/** A file of the spool that could not be read, and why. */
export interface SetAside {
  readonly file: string;
  readonly why: string;
}

export class Spool {
  readonly folder: string;
  readonly #onSetAside: (it: SetAside) => void;

  constructor(folder: string, onSetAside: (it: SetAside) => void = () => undefined) {
    this.folder = folder;
    this.#onSetAside = onSetAside;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  writeStart(key: string, start: SpooledStart): void {
    this.#write(key, 'start', start, false);
  }

  /** `flush`: nobody will take it over soon, so the run has to survive a power cut. */
  writeEnd(key: string, end: EndReport, flush: boolean): void {
    this.#write(key, 'end', end, flush);
    if (!flush) return;
    orNull(() => syncPath(this.#file(key, 'start')));
    syncPath(this.folder);
  }

  writeTold(key: string, told: Told | Untold): void {
    this.#write(key, 'told', told, false);
  }

  start(key: string): SpooledStart | null {
    return this.#read(key, 'start', (it) => {
      const start = readStart(it);
      if (start.run.key !== key)
        throw new UnreadablePartError('run.key is another than the name of the file');
      return start;
    });
  }

  end(key: string): EndReport | null {
    return this.#read(key, 'end', readEnd);
  }

  told(key: string): Told | Untold | null {
    return this.#read(key, 'told', readTold);
  }

  /** False if the start is not there any more. */
  touch(key: string): boolean {
    const now = new Date();
    return orNull(() => utimesSync(this.#file(key, 'start'), now, now)) !== null;
  }

  /** When the recorder wrote or touched the start last; null if there is none. */
  touchedAt(key: string): number | null {
    return orNull(() => statSync(this.#file(key, 'start')).mtimeMs);
  }

  remove(key: string): void {
    for (const part of parts) orNull(() => unlinkSync(this.#file(key, part)));
  }

  /** The runs that are here. */
  keys(): readonly string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.start.json'))
      .map((name) => name.slice(0, -'.start.json'.length));
  }

  /** The files that could not be read. */
  unreadable(): readonly string[] {
    const folder = this.#unreadable;
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  }

  get #unreadable(): string {
    return join(this.folder, 'unreadable');
  }

  #file(key: string, part: Part): string {
    return join(this.folder, `${key}.${part}.json`);
  }

  #write(key: string, part: Part, content: unknown, flush: boolean): void {
    const file = this.#file(key, part);
    const draft = `${file}.new`;
    writeFileSync(draft, JSON.stringify(content), { mode: 0o600, flush });
    renameSync(draft, file);
  }

  #read<T>(key: string, part: Part, read: (it: Fields) => T): T | null {
    const text = orNull(() => readFileSync(this.#file(key, part), 'utf8'));
    if (text === null) return null;
    try {
      return read(parsePart(text));
    } catch (error) {
      if (!(error instanceof UnreadablePartError)) throw error;
      this.#setAside(key, part, error.message);
      return null;
    }
  }

  /** Nothing can be done for a run without its start: the rest of it goes along. */
  #setAside(key: string, part: Part, why: string): void {
    mkdirSync(this.#unreadable, { recursive: true, mode: 0o700 });
    for (const each of part === 'start' ? parts : [part]) {
      const to = join(this.#unreadable, `${key}.${each}.json`);
      const moved = orNull(() => {
        renameSync(this.#file(key, each), to);
        return true;
      });
      if (each === part && moved !== null) this.#onSetAside({ file: to, why });
    }
  }
}
