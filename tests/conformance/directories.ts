/** Directories by name, and what becomes of files when they move. */
import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';
import { ada, casesFor, elsewhere, project } from './lab.ts';
import { sightings } from './provenance-lab.ts';
import { Lines } from './ties.ts';

export function directories(harness: Harness): void {
  const when = casesFor(harness);

  when('directories have names, for the server and for projects', async (lab) => {
    const save = (of: string | null, alias: string, path: string) =>
      lab.storage.saveDirectory({ by: ada, project: of, alias, path });
    const list = async (of: string | null) =>
      (await lab.storage.listDirectories({ project: of, limit: 9 })).items.map(
        ({ alias, path }) => `${alias} ${path}`,
      );
    await lab.storage.updateProject({ by: ada, name: project, revision: null, directory: '/data/toxd' });
    const events = await lab.eventsOf(async () => {
      await save(null, 'raw', '/raw');
      await save(null, 'DATA', '/data');
      await save(project, 'raw', '/data/toxd/raw');
    });
    assert.deepEqual(
      events.map(({ type, project: of }) => [type, of]),
      [
        ['directories.changed', null],
        ['directories.changed', null],
        ['directories.changed', project],
      ],
    );
    assert.deepEqual(await list(null), ['DATA /data', 'raw /raw']);
    assert.deepEqual(await list(project), ['raw /data/toxd/raw']);
    await lab.changesNothing(() => save(null, 'raw', '/raw'));
    await save(null, 'raw', '/raw2');
    assert.deepEqual(await lab.storage.getDirectory({ project: null, alias: 'raw' }), {
      ...{ alias: 'raw', path: '/raw2' },
    });
    await lab.storage.removeDirectory({ by: ada, project: null, alias: 'raw' });
    assert.deepEqual(await list(null), ['DATA /data']);
    await lab.refuses('directory_unknown', () => lab.storage.getDirectory({ project: null, alias: 'raw' }));
    await lab.refuses('directory_unknown', () =>
      lab.storage.removeDirectory({ by: ada, project: null, alias: 'raw' }),
    );
    await lab.refuses('project_unknown', () => save('none', 'raw', '/raw'));
    await lab.refuses('project_unknown', () => list('none'));
    await save(null, 'raw', '/raw3');
    assert.deepEqual(await list(null), ['DATA /data', 'raw /raw3']);
    const first = await lab.storage.listDirectories({ project: null, limit: 1 });
    const rest = await lab.storage.listDirectories({ project: null, limit: 1, after: first.next ?? '' });
    assert.deepEqual([first.items[0]?.alias, rest.items[0]?.alias, rest.next], ['DATA', 'raw', null]);
  });

  when('where directories were before is kept, with the time until when', async (lab) => {
    const moves = () => lab.storage.listMoves({ project });
    const place = async (directory: string | null): Promise<number> => {
      lab.clock.advance(1_000);
      await lab.storage.updateProject({ by: ada, name: project, revision: null, directory });
      return lab.clock.now();
    };
    const save = async (of: string | null, path: string): Promise<number> => {
      lab.clock.advance(1_000);
      await lab.storage.saveDirectory({ by: ada, project: of, alias: 'raw', path });
      return lab.clock.now();
    };
    await place('/data/toxd');
    await place('/data/toxd');
    await save(null, '/raw');
    assert.deepEqual(await moves(), []);
    const first = await place('/mnt/toxd');
    const second = await save(null, '/new/raw');
    await place(null);
    const third = await place('/data/toxd');
    await lab.createProject(elsewhere, '/else');
    await lab.storage.updateProject({ by: ada, name: elsewhere, revision: null, directory: '/gone' });
    assert.deepEqual(await moves(), [
      { from: '/data/toxd', to: '/data/toxd', until: first },
      { from: '/raw', to: '/new/raw', until: second },
      { from: '/mnt/toxd', to: '/data/toxd', until: third },
    ]);
    await lab.refuses('project_unknown', () => lab.storage.listMoves({ project: 'none' }));
  });

  when('files of a directory that moved, or lost its name, are found', async (lab) => {
    const by = ada;
    await lab.storage.saveDirectory({ by, project: null, alias: 'raw', path: '/data/raw' });
    const lines = new Lines(lab);
    const maker = await lines.run([], ['/data/raw/x', '/data/rawer']);
    await lab.storage.saveDirectory({ by, project: null, alias: 'raw', path: '/mnt/raw' });
    assert.equal((await sightings(lab, { path: '/mnt/raw/x' }))[0]?.path, '/mnt/raw/x');
    assert.deepEqual(await sightings(lab, { path: '/data/raw/x' }), []);
    await lab.storage.removeDirectory({ by, project: null, alias: 'raw' });
    const reader = await lines.run(['/mnt/raw/x', '/data/rawer'], ['/mnt/raw/y']);
    assert.deepEqual(await lines.makers(reader), { '/mnt/raw/x': maker, '/data/rawer': maker });
    await lab.storage.saveDirectory({ by, project: null, alias: 'raw', path: '/mnt/raw' });
    const last = await lines.run(['/mnt/raw/x', '/mnt/raw/y'], []);
    assert.deepEqual(await lines.makers(last), { '/mnt/raw/x': maker, '/mnt/raw/y': reader });
  });
}
