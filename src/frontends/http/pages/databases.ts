import type { Caller } from '../../../app/caller.ts';
import type { CatalogueProblem } from '../../../app/catalogue-problems.ts';
import type { UseCases } from '../../../app/use-cases.ts';
import { databaseOf } from '../../../core/locks/paths.ts';
import { writeLockWish } from '../../../core/locks/wishes.ts';
import type { DatabaseRecord } from '../../../ports/records/catalogue.ts';
import type { LockRecord } from '../../../ports/records/locks.ts';
import { type Html, html, type Part } from './html.ts';
import { layout } from './layout.ts';
import { jobLink, moment } from './parts.ts';

const databasesShown = 100;
const locksShown = 1_000;

/** The catalogue: states, releases, who holds what, and who waits. */
export async function databasesPage(
  useCases: UseCases,
  caller: Caller,
  after: string | undefined,
): Promise<string> {
  const page = await useCases.listDatabases(caller, {
    tag: undefined,
    projects: false,
    limit: databasesShown,
    after,
  });
  const locks = await useCases.listLocks(caller, { path: null, limit: locksShown });
  const body = html`<h1>Databases</h1>
${page.problems.map(problem)}
${
  page.items.length === 0
    ? html`<p class="quiet">There are none yet. <code>labkeep db add</code> adds one.</p>`
    : html`<div class="scroll"><table>
<thead><tr><th scope="col">Database</th><th scope="col">State</th><th scope="col">Release</th><th scope="col">Kind</th><th scope="col">Tag</th><th scope="col">Description</th><th scope="col">Held by</th><th scope="col">In line</th></tr></thead>
<tbody>${page.items.map((database) => row(database, locksOf(database, locks.items)))}</tbody>
</table></div>`
}
${locks.next === null ? null : html`<p class="quiet">Of the locks, the first ${locksShown} are shown.</p>`}
${page.next === null ? null : html`<p><a href="/databases?after=${encodeURIComponent(page.next)}" rel="next">More databases</a></p>`}`;
  return layout('Databases · Labkeep', ['databases'], body);
}

function locksOf({ name }: DatabaseRecord, locks: readonly LockRecord[]): readonly LockRecord[] {
  return locks.filter((lock) => lock.locks.some(({ path }) => databaseOf(path) === name));
}

function problem({ file, line, text }: CatalogueProblem): Html {
  return html`<p class="problem"><code>${line === null ? file : `${file}:${line}`}</code> ${text}</p>`;
}

function row(database: DatabaseRecord, locks: readonly LockRecord[]): Html {
  const { name, kind, state, release, tag, description } = database;
  const others = locks.filter(({ holder }) => holder.kind !== 'closure');
  const held = others.filter((lock) => lock.state === 'granted');
  const waiting = others.filter((lock) => lock.state === 'waiting');
  return html`
<tr><td>${name}</td><td><span class="state ${state}">${state}</span>${closure(database)}</td><td>${release}</td><td>${kind}</td><td>${tag}</td><td class="text">${description}</td><td>${requests(held)}</td><td>${requests(waiting)}</td></tr>`;
}

function closure({ closure: it }: DatabaseRecord): Html | null {
  if (it === null) return null;
  const until = it.until === null ? null : html`, until ${moment(it.until)}`;
  return html` <span class="quiet">${it.reason ?? 'for update'}${until}, by ${it.by}</span>`;
}

function requests(locks: readonly LockRecord[]): Html | null {
  if (locks.length === 0) return null;
  return html`<ul>${locks.map((lock) => html`<li>${holder(lock)} <span class="quiet">${lock.locks.map(writeLockWish).join(' ')}</span></li>`)}</ul>`;
}

function holder({ holder: it }: LockRecord): Part {
  if (it.kind === 'job') {
    const { progress } = it;
    const done = progress === null ? null : html` ${Math.floor(100 * progress.fraction)} %`;
    return html`${jobLink(it.ref)}${done}`;
  }
  if (it.kind === 'closure') return it.principal;
  return it.host === null ? `${it.name} of ${it.principal}` : `${it.name} of ${it.principal} on ${it.host}`;
}
