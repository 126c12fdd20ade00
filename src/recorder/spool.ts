/**
 * The spool: a folder in the data folder through which a run is told to the server of that folder. Each run has up to
 * three files, written whole: KEY.start.json and KEY.end.json by the recorder, KEY.told.json by the server. So the same
 * steps work when the server is away, or on another machine that shares the folder; and nothing is lost when either
 * side is killed.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isMissing } from './missing.ts';
import type { EndReport, RunReport, Told, Untold } from './report.ts';

export type Part = 'start' | 'end' | 'told';
export const parts: readonly Part[] = ['start', 'end', 'told'];

/** The recorder touches the start of its run this often, so that it is seen to be alive. */
export const touchEveryMs = 20_000;

export interface SpooledStart {
  readonly run: RunReport;
  /** Where it is to be told; null for the server of this data folder. */
  readonly server: string | null;
  /** The key of the run within which this one goes on, if its command was started by a recorded one. */
  readonly within: string | null;
  /** The recorder’s process. */
  readonly pid: number;
  /** When that process started, in ticks since the machine did: tells it from another with its number. */
  readonly pidStarted: string;
}

export class Spool {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  writeStart(key: string, start: SpooledStart): void {
    this.#write(key, 'start', start, false);
  }

  /** `flush`: nobody will take it over soon, so it has to survive a power cut. */
  writeEnd(key: string, end: EndReport, flush: boolean): void {
    this.#write(key, 'end', end, flush);
  }

  writeTold(key: string, told: Told | Untold): void {
    this.#write(key, 'told', told, false);
  }

  start(key: string): SpooledStart | null {
    return this.#read(key, 'start') as SpooledStart | null;
  }

  end(key: string): EndReport | null {
    return this.#read(key, 'end') as EndReport | null;
  }

  told(key: string): Told | Untold | null {
    return this.#read(key, 'told') as Told | Untold | null;
  }

  touch(key: string): void {
    try {
      const now = new Date();
      utimesSync(this.file(key, 'start'), now, now);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** When a part was written or touched last; null if there is none. */
  touchedAt(key: string, part: Part): number | null {
    try {
      return statSync(this.file(key, part)).mtimeMs;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  remove(key: string): void {
    for (const part of parts) rmSync(this.file(key, part), { force: true });
  }

  /** The runs that are here. */
  keys(): readonly string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.start.json'))
      .map((name) => name.slice(0, -'.start.json'.length));
  }

  file(key: string, part: Part): string {
    return join(this.folder, `${key}.${part}.json`);
  }

  #write(key: string, part: Part, content: unknown, flush: boolean): void {
    const file = this.file(key, part);
    const draft = `${file}.new`;
    writeFileSync(draft, JSON.stringify(content), { mode: 0o600, flush });
    renameSync(draft, file);
  }

  #read(key: string, part: Part): unknown {
    try {
      return JSON.parse(readFileSync(this.file(key, part), 'utf8'));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }
}

/** When a process started (field 22 of proc(5) stat); null if there is none of this number. */
export function startOfProcess(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
