/** A worker's folder on a file system that cannot lock: nobody holds it, and it is not said that somebody does. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { Home } from '../cli/support/labkeep.ts';
import {
  noLocks,
  noSuchCall,
  otherFileSystemUnavailable,
  preloadedIn,
} from '../daemon/support/other-file-system.ts';

const home = new Home();
after(() => home.clean());

describe('another file system', { skip: otherFileSystemUnavailable() ?? false }, () => {
  const preloaded = otherFileSystemUnavailable() === undefined ? preloadedIn(home.folder) : undefined;

  for (const { name, locksFailWith } of [
    { name: 'without a lock daemon', locksFailWith: noLocks },
    { name: 'without locks', locksFailWith: noSuchCall },
  ])
    test(`a worker refuses a folder on one ${name}, and says why`, async () => {
      const folder = home.path(name.replaceAll(' ', '-'));
      const { code, stdout, stderr } = await home.run(['worker', '--folder', folder], {
        env: {
          LABKEEP_SERVER: 'http://127.0.0.1:1',
          LABKEEP_TOKEN: 'labkeep_x_y',
          ...preloaded?.(folder, { locksFailWith }),
        },
      });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^labkeep: The folder \S+ cannot be used: its file system cannot lock files\.$/m);
      assert.match(stderr, /^ {2}Name another folder with --folder\.$/m);
      assert.doesNotMatch(stderr, /held/);
      assert.deepEqual(
        readdirSync(folder).filter((file) => file.startsWith('.probe-')),
        [],
      );
    });
});
