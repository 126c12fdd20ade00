/** Releases of a database that is a directory: built, published, kept, pinned, removed. */
import assert from 'node:assert/strict';
import { checkLocks, readLockWish } from '../../src/core/locks/wishes.ts';
import type { ReleaseRecord } from '../../src/ports/records/releases.ts';
import type { Harness } from './harness.ts';
import { casesFor, type Lab } from './lab.ts';
import {
  addDatabase,
  closeDatabase,
  LabSession,
  openThree,
  reopenDatabase,
  root,
  told,
  written,
} from './lock-lab.ts';

const sha256 = 'a'.repeat(64);

export function releases(harness: Harness): void {
  const when = casesFor(harness);

  when('a release that is published is the one that is read, with what is known of it', async (lab) => {
    const builder = await Builder.of(lab);
    const begun = await builder.begin('2026-10');
    assert.deepEqual([begun.state, begun.files, begun.sha256, begun.by], ['building', 0, null, 'root']);
    assert.equal((await lab.storage.getDatabase({ name: 'nr' })).release, null, 'not before it is published');
    lab.clock.advance(1_000);
    assert.deepEqual(await told(lab, () => builder.publish('2026-10', 3)), ['database.published nr']);
    const database = await lab.storage.getDatabase({ name: 'nr' });
    assert.deepEqual([database.release, database.settings.keep], ['2026-10', '3']);
    assert.deepEqual(await lab.storage.getRelease({ database: 'nr', release: '2026-10' }), {
      ...begun,
      state: 'current',
      files: 2,
      bytes: 30,
      sha256,
      publishedAt: lab.clock.now(),
    });
  });

  when('the next release leaves the one before to those who read it', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.make('2026-10');
    const [a, b] = await openThree(lab);
    assert.deepEqual(written(await a.take('nr:shared')), ['nr/2026-10:shared']);
    await builder.make('2026-11');
    assert.deepEqual(written(await b.take('nr:shared')), ['nr/2026-11:shared']);
    assert.deepEqual(await listed(lab), ['2026-11 current 1', '2026-10 kept 1']);
  });

  when('a name is given once, also when its release is gone', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.make('a', 1);
    await lab.refuses('release_exists', () => builder.begin('a'));
    await builder.make('b');
    await removeAll(lab);
    const fault = await lab.refuses('release_exists', () => builder.begin('a'));
    assert.equal(fault.said.facts?.state, 'gone');
  });

  when('one that was begun and not published is begun again, or dropped', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.begin('a');
    await builder.begin('a');
    await lab.storage.dropRelease({ by: root, database: 'nr', release: 'a', epoch: builder.epoch });
    assert.deepEqual(await listed(lab), []);
    await lab.refuses('release_unknown', () => builder.publish('a'));
    await builder.make('a');
    await lab.refuses('state_conflict', () => builder.publish('a'));
    await lab.refuses('state_conflict', () =>
      lab.storage.dropRelease({ by: root, database: 'nr', release: 'a', epoch: builder.epoch }),
    );
  });

  when('nothing is built but under the lock of builders, and of a database of kind files', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.begin('a');
    const lost = builder.epoch;
    await builder.end();
    const next = await Builder.of(lab, false);
    for (const epoch of [lost, next.epoch + 1_000]) {
      await lab.refuses('lock_lost', () => new Builder(lab, epoch, next.session).begin('b'));
      await lab.refuses('lock_lost', () => new Builder(lab, epoch, next.session).publish('a'));
    }
    await next.publish('a');
    await addDatabase(lab, { name: 'embl' });
    const it = { by: root, database: 'embl', release: '1', epoch: next.epoch, path: '/data/embl/1' };
    await lab.refuses('state_conflict', () => lab.storage.beginRelease(it));
    await lab.refuses('database_unknown', () => lab.storage.beginRelease({ ...it, database: 'none' }));
  });

  when('a lock on a release that cannot be read is refused, with those that can', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.make('2026-09', 2);
    await builder.make('2026-10');
    await builder.make('2026-11');
    await builder.begin('2026-12');
    const [a] = await openThree(lab);
    await lab.storage.markGoing({ by: root, database: 'nr' });
    for (const release of ['2026-08', '2026-09', '2026-12'])
      for (const mode of ['shared', 'exclusive']) {
        const fault = await lab.refuses('release_unknown', () => a.take(`nr@${release}:${mode}`));
        assert.deepEqual(fault.said.facts?.releases, ['2026-11', '2026-10']);
      }
    await lab.refuses('release_unknown', () => submit(lab, 'nr@2026-09'));
    assert.deepEqual(written(await a.take('nr/2026-10/x:shared')), ['nr/2026-10/x:shared']);
  });

  when('without a number all are kept; with it, the newest', async (lab) => {
    const builder = await Builder.of(lab);
    for (const release of ['a', 'b', 'c', 'd']) await builder.make(release);
    assert.deepEqual(await going(lab), []);
    await builder.make('e', 2);
    assert.deepEqual(await going(lab), ['c', 'b', 'a']);
    assert.deepEqual(await going(lab), ['c', 'b', 'a'], 'until their files are gone');
    await removeAll(lab);
    await removeAll(lab);
    assert.deepEqual(await listed(lab), ['e current 0', 'd kept 0', 'c gone 0', 'b gone 0', 'a gone 0']);
    await lab.refuses('state_conflict', () =>
      lab.storage.markGone({ by: root, database: 'nr', release: 'd' }),
    );
  });

  when('what is read, waited for, pinned, or named by a job that is not finished is kept', async (lab) => {
    const builder = await Builder.of(lab);
    for (const release of ['read', 'below', 'awaited', 'pinned', 'queued', 'free'])
      await builder.make(release);
    const [a, b, c] = await openThree(lab);
    await addDatabase(lab, { name: 'embl' });
    const reading = await a.take('nr@read:shared', 'embl:exclusive');
    const below = await b.take('nr/below/part:shared');
    const waiting = await c.wait('embl:shared', 'nr@awaited:shared');
    const job = await submit(lab, 'nr@queued');
    await pin(lab, 'pinned', true);
    await builder.make('new', 1);
    assert.deepEqual(await going(lab), ['free']);
    await b.release(below);
    assert.deepEqual(await going(lab), ['free', 'below']);
    await c.release(waiting);
    await a.release(reading);
    await pin(lab, 'pinned', false);
    assert.deepEqual(await going(lab), ['free', 'pinned', 'awaited', 'below', 'read']);
    await lab.act('cancel', job.number);
    assert.deepEqual(await going(lab), ['free', 'queued', 'pinned', 'awaited', 'below', 'read']);
  });

  when(
    'a job is not tried again when the release that it names is gone; nor when its database is',
    async (lab) => {
      const builder = await Builder.of(lab);
      await builder.make('a');
      await addDatabase(lab, { name: 'embl' });
      const job = await submit(lab, 'nr@a');
      const other = await submit(lab, 'embl');
      for (const { number } of [job, other]) await lab.act('cancel', number);
      await lab.act('retry', job.number);
      await lab.act('cancel', job.number);
      await builder.make('b', 1);
      assert.deepEqual(await going(lab), ['a']);
      const fault = await lab.refuses('release_unknown', () => lab.act('retry', job.number));
      assert.deepEqual(fault.said.facts?.releases, ['b']);
      await lab.storage.removeDatabase({ by: root, name: 'embl' });
      await lab.refuses('database_unknown', () => lab.act('retry', other.number));
      assert.equal((await lab.job(job.number)).state, 'cancelled');
    },
  );

  when('only what can be read is pinned', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.make('a', 1);
    await builder.make('b');
    await builder.begin('c');
    await going(lab);
    await lab.refuses('release_unknown', () => pin(lab, 'a', true));
    await lab.refuses('release_unknown', () => pin(lab, 'c', true));
    await lab.refuses('release_unknown', () => pin(lab, 'none', true));
    assert.equal((await pin(lab, 'b', true)).pinned, true);
    await lab.changesNothing(() => pin(lab, 'b', true));
  });

  when('an earlier release that is still there is chosen again, one that is not is refused', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.make('a');
    await builder.make('b');
    const choose = (release: string | null) =>
      lab.storage.changeDatabase({ by: root, name: 'nr', revision: null, changes: { release } });
    await choose('a');
    assert.deepEqual(await listed(lab), ['b kept 0', 'a current 0']);
    for (const none of ['c', null]) await lab.refuses('release_unknown', () => choose(none));
    await builder.end();
    await closeDatabase(lab, 'nr');
    await lab.refuses('release_unknown', () => reopenDatabase(lab, 'nr', 'c'));
    await reopenDatabase(lab, 'nr', 'b');
    assert.deepEqual(await listed(lab), ['b current 0', 'a kept 0']);
  });

  when('a reader who waited reads what is current when its turn comes', async (lab) => {
    const builder = await Builder.of(lab);
    await builder.make('a', 1);
    const [a, b] = await openThree(lab);
    const held = await a.take('nr@a:exclusive');
    const waiting = await b.wait('nr:shared');
    await builder.make('b');
    const now = await lab.storage.getLock({ ticket: waiting.ticket });
    assert.deepEqual(
      [now.state, written(now)],
      ['granted', ['nr/b:shared']],
      'without waiting for the other',
    );
    await a.release(held);
    assert.deepEqual(await going(lab), ['a']);
  });

  when(
    'releases are listed newest first, page by page; with their database they are forgotten',
    async (lab) => {
      const builder = await Builder.of(lab);
      for (const release of ['c', 'a', 'b']) await builder.make(release);
      const first = await lab.storage.listReleases({ database: 'nr', limit: 2 });
      assert.deepEqual(namesOf(first.items), ['b', 'a']);
      const rest = await lab.storage.listReleases({ database: 'nr', limit: 2, after: String(first.next) });
      assert.deepEqual([namesOf(rest.items), rest.next], [['c'], null]);
      await builder.end();
      await lab.storage.removeDatabase({ by: root, name: 'nr' });
      await lab.refuses('database_unknown', () => listed(lab));
      await addDatabase(lab, { name: 'nr', kind: 'files' });
      assert.deepEqual(await listed(lab), []);
    },
  );
}

class Builder {
  readonly #lab: Lab;
  readonly epoch: number;
  readonly session: LabSession;

  constructor(lab: Lab, epoch: number, session: LabSession) {
    this.#lab = lab;
    this.epoch = epoch;
    this.session = session;
  }

  static async of(lab: Lab, isNew = true): Promise<Builder> {
    if (isNew) await addDatabase(lab, { name: 'nr', kind: 'files' });
    const session = await LabSession.open(lab);
    const { epoch } = await session.take('nr/build:exclusive');
    assert.ok(epoch !== null);
    return new Builder(lab, epoch, session);
  }

  begin(release: string): Promise<ReleaseRecord> {
    const path = `/data/nr/${release}`;
    return this.#lab.storage.beginRelease({ by: root, database: 'nr', release, epoch: this.epoch, path });
  }

  publish(release: string, keep: number | null = null) {
    const found = { files: 2, bytes: 30, sha256, keep };
    return this.#lab.storage.publishRelease({
      by: root,
      database: 'nr',
      release,
      epoch: this.epoch,
      ...found,
    });
  }

  async make(release: string, keep: number | null = null): Promise<void> {
    await this.begin(release);
    await this.publish(release, keep);
  }

  async end(): Promise<void> {
    await this.session.end();
  }
}

function submit(lab: Lab, wish: string) {
  return lab.submit({ locks: checkLocks([readLockWish(wish, 'lock')], 'locks') });
}

function pin(lab: Lab, release: string, pinned: boolean) {
  return lab.storage.pinRelease({ by: root, database: 'nr', release, pinned });
}

/** Each with its state and its readers. */
async function listed(lab: Lab): Promise<readonly string[]> {
  const { items } = await lab.storage.listReleases({ database: 'nr', limit: 100 });
  return items.map(({ release, state, readers }) => `${release} ${state} ${readers}`);
}

async function going(lab: Lab): Promise<readonly string[]> {
  return namesOf(await lab.storage.markGoing({ by: root, database: 'nr' }));
}

async function removeAll(lab: Lab): Promise<void> {
  for (const release of await going(lab)) await lab.storage.markGone({ by: root, database: 'nr', release });
}

function namesOf(items: readonly ReleaseRecord[]): readonly string[] {
  return items.map(({ release }) => release);
}
