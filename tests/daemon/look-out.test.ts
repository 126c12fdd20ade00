/** Looks that fail: the server goes on, and so do the looks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookOut } from '../../src/daemon/look-out.ts';
import { TroubleLog } from '../../src/daemon/troubles.ts';

test('a look that fails is said once, and others follow; when it fails anew, it is said again', async () => {
  const said: string[] = [];
  const say = (_: object, message: string): void => void said.push(message);
  let next = (): void => undefined;
  let fails = true;
  let looks = 0;
  const log = { info: say, warn: say, error: say };
  const what = { failed: 'a look failed', succeeds: 'looks succeed again' };
  const lookOut = new LookOut({
    look: async () => {
      looks++;
      if (fails) throw new Error('the disk is full');
    },
    everyMs: 1_000,
    timers: {
      after: (_, act) => {
        next = act;
        return () => undefined;
      },
    },
    log,
    what,
    troubles: new TroubleLog({ log, now: () => 0, storage: 'memory' }),
  });
  const again = async (): Promise<void> => {
    next();
    // The look that the timer began, and one more.
    await lookOut.look();
    await lookOut.look();
  };
  await lookOut.look();
  await again();
  assert.equal(said.length, 1);
  const before = looks;
  fails = false;
  await again();
  assert.ok(looks > before);
  fails = true;
  await again();
  assert.deepEqual(said, [what.failed, `${what.succeeds}, after 0 s`, what.failed]);
  await lookOut.stop();
});
