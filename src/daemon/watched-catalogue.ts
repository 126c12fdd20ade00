/**
 * Keeps the catalogue as watched files declare it. A file is read again when it changes; with a problem in it, what it
 * said before stays in force. Between changes, entries are left as people have them since; only what could not be
 * done is tried again.
 */
import type { Caller } from '../app/caller.ts';
import { everyItem } from '../app/every-item.ts';
import type { UseCases } from '../app/use-cases.ts';
import type { Entry } from '../core/catalogue/database.ts';
import type { DeclarationProblem, Declared } from '../core/catalogue/declared.ts';
import { parseEnvNames } from '../core/catalogue/known-db-file.ts';
import { type DeclarationAct, type OtherFiles, planDeclarations } from '../core/catalogue/plan.ts';
import { Fault, mayHeal } from '../core/faults.ts';
import type { Log } from '../ports/log.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';
import { LookOut } from './look-out.ts';
import {
  type FileText,
  isToml,
  lookEveryMs,
  readDeclarations,
  readSettled,
  sameText,
} from './read-declarations.ts';

export interface WatchedCatalogueOptions {
  /** In TOML, or (by its name) a known_db_file. */
  readonly files: readonly string[];
  /** The folders of the banks of known_db_files. */
  readonly envNames: string | null;
  readonly useCases: Pick<
    UseCases,
    'listDatabases' | 'addDatabase' | 'updateDatabase' | 'removeDatabase' | 'catalogueProblems'
  >;
  readonly caller: Caller;
  /** No other server keeps this catalogue. */
  readonly isAlone: boolean;
  readonly timers: Timers;
  readonly log: Log;
  readonly troubles: Troubles;
}

/** What could not be done is tried again every so many looks. */
const looksPerTry = 6;

interface Watched {
  readonly path: string;
  text: FileText | null;
  /** As it was read last without a problem; null as long as there was none. */
  good: readonly Declared[] | null;
  problems: readonly DeclarationProblem[];
  /** Against what the file asks for. */
  against: readonly DeclarationProblem[];
}

const looking = {
  failed: 'the files of the catalogue could not be looked at; it is tried again',
  succeeds: 'the files of the catalogue are looked at again',
  apart: true,
};

const keeping = {
  failed: 'the catalogue could not be brought up to its files; it is tried again',
  succeeds: 'the catalogue follows its files again',
};

export class WatchedCatalogue {
  readonly #options: WatchedCatalogueOptions;
  readonly #files: readonly Watched[];
  readonly #lookOut: LookOut;
  #envText: FileText | null = null;
  #looks = 0;
  /** The last try failed as a whole: the storage was away. */
  #failed = false;

  constructor(options: WatchedCatalogueOptions) {
    this.#options = options;
    this.#files = options.files.map((path) => ({ path, text: null, good: null, problems: [], against: [] }));
    const { envNames, timers, log, troubles } = options;
    this.#lookOut = new LookOut({
      files: [...options.files, ...(envNames === null ? [] : [envNames])],
      look: () => this.#keep(),
      everyMs: lookEveryMs,
      timers,
      log,
      what: looking,
      troubles,
    });
  }

  /** Looks once; resolves when the catalogue is as the files say, as far as it can be. */
  start(): Promise<void> {
    return this.#lookOut.look();
  }

  stop(): Promise<void> {
    return this.#lookOut.stop();
  }

  async #keep(): Promise<void> {
    const { troubles } = this.#options;
    try {
      const changed = await this.#readAll();
      const isDue = this.#failed || this.#looks++ % looksPerTry === 0;
      const isOpen = this.#files.some(({ against }) => against.length > 0);
      if (changed || this.#failed || (isDue && isOpen)) {
        await this.#apply(changed || this.#failed);
        troubles.succeeded(keeping);
      }
      this.#failed = false;
    } catch (error) {
      troubles.failed(keeping, error);
      this.#failed = true;
    }
    this.#publish();
  }

  /** Whether any file says something else than before. */
  async #readAll(): Promise<boolean> {
    const { envNames, timers } = this.#options;
    const envText = envNames === null ? null : await readSettled(envNames, this.#envText, timers);
    const envChanged = !sameText(envText, this.#envText);
    this.#envText = envText;
    let changed = false;
    for (const file of this.#files) {
      const text = await readSettled(file.path, file.text, timers);
      if (sameText(text, file.text) && !(envChanged && !isToml(file.path))) continue;
      file.text = text;
      changed = (await this.#read(file, text, envText)) || changed;
    }
    return changed;
  }

  /** Whether what counts has changed. */
  async #read(file: Watched, text: FileText, envText: FileText | null): Promise<boolean> {
    if ('problem' in text) {
      file.problems = [{ line: null, database: null, text: text.problem }];
      return false;
    }
    const env = envText === null || 'problem' in envText ? null : envText.text;
    if (!isToml(file.path) && this.#envProblems().length > 0) return false;
    const { declared, problems } = await readDeclarations(file.path, text.text, env);
    file.problems = problems;
    if (problems.length > 0) return false;
    file.good = declared;
    return true;
  }

  #envProblems(): readonly DeclarationProblem[] {
    if (this.#envText === null) return [];
    if ('problem' in this.#envText) return [{ line: null, database: null, text: this.#envText.problem }];
    return parseEnvNames(this.#envText.text).problems;
  }

  /** All that the files ask for; or only what was not to be had before. */
  async #apply(all: boolean): Promise<void> {
    const entries = await this.#entries();
    for (const file of this.#files) {
      if (file.good === null) continue;
      const open = new Set(file.against.map(({ database }) => database));
      const { acts, problems } = planDeclarations(file.path, file.good, entries, this.#others(file));
      const against = [...problems];
      for (const act of acts) {
        if (!all && !open.has(nameOf(act))) continue;
        const refused = await this.#perform(file, act);
        if (refused !== null) against.push(refused);
      }
      file.against = against;
    }
  }

  async #entries(): Promise<ReadonlyMap<string, Entry>> {
    const { useCases, caller } = this.#options;
    const entries = new Map<string, Entry>();
    const all = everyItem(({ limit, after }) =>
      useCases.listDatabases(caller, { tag: undefined, projects: true, limit, after }),
    );
    for await (const entry of all) entries.set(entry.name, entry);
    return entries;
  }

  #others(file: Watched): OtherFiles {
    const others = this.#files.filter((other) => other !== file);
    const declared = others.flatMap(({ path, good }) =>
      (good ?? []).map(({ name, kind }) => [name, { file: path, kind }] as const),
    );
    return {
      declared: new Map(declared),
      letsGo: (path) => {
        const watched = others.find((other) => other.path === path);
        // One that is not watched here may be by another server; one that was never read may still name it.
        return watched === undefined ? this.#options.isAlone : watched.good !== null;
      },
    };
  }

  /** What stands against it, or null. */
  async #perform(file: Watched, act: DeclarationAct): Promise<DeclarationProblem | null> {
    const { useCases, caller, log } = this.#options;
    const name = nameOf(act);
    try {
      if (act.act === 'add') {
        const { line: _, ...declared } = act.declared;
        await useCases.addDatabase(caller, declared, file.path);
      } else if (act.act === 'change') await useCases.updateDatabase(caller, name, act.changes, file.path);
      else return await this.#leave(name, act.mayGo);
      log.info({ file: file.path, database: name, act: act.act }, 'the catalogue follows its file');
      return null;
    } catch (error) {
      if (!(error instanceof Fault) || mayHeal(error)) throw error;
      const line = act.act === 'add' ? act.declared.line : lineOf(file, name);
      return { line, database: name, text: error.message };
    }
  }

  /** It left the file: removed if nobody uses it, else it is off, and goes when it is free. */
  async #leave(name: string, mayGo: boolean): Promise<DeclarationProblem | null> {
    const { useCases, caller, log } = this.#options;
    if (mayGo) {
      try {
        await useCases.removeDatabase(caller, name);
        log.info({ database: name }, 'a database that left its file is removed');
        return null;
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'database_in_use') throw error;
      }
    }
    await useCases.updateDatabase(caller, name, { state: 'off' });
    if (!mayGo) return null;
    return {
      line: null,
      database: name,
      text: `${name} left the file, and is off; it is removed when nobody uses it`,
    };
  }

  #publish(): void {
    const { useCases, log, envNames } = this.#options;
    const before = JSON.stringify(useCases.catalogueProblems.all());
    if (envNames !== null) useCases.catalogueProblems.set(envNames, this.#envProblems());
    for (const { path, problems, against } of this.#files)
      useCases.catalogueProblems.set(path, [...problems, ...against]);
    const now = useCases.catalogueProblems.all();
    if (JSON.stringify(now) === before) return;
    for (const { file, line, text } of now) log.warn({ file, line }, `a file of the catalogue: ${text}`);
    if (now.length === 0) log.info({}, 'the files of the catalogue are in order');
  }
}

function nameOf(act: DeclarationAct): string {
  return act.act === 'add' ? act.declared.name : act.name;
}

function lineOf({ good }: Watched, name: string): number | null {
  return good?.find((one) => one.name === name)?.line ?? null;
}
