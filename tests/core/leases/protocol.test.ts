import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../../src/core/faults.ts';
import { checkProtocol } from '../../../src/core/leases/protocol.ts';

test('a server speaks its protocol and the one before; beyond that it says which side is too old', () => {
  const spoken = { oldest: 3, newest: 4 };
  checkProtocol(3, spoken);
  checkProtocol(4, spoken);
  const refused = (found: number) => {
    try {
      checkProtocol(found, spoken);
    } catch (error) {
      assert.ok(error instanceof Fault);
      return [error.code, error.said.detail];
    }
    return null;
  };
  assert.deepEqual(refused(2), ['protocol_unsupported', 'The worker is too old for the other side']);
  assert.deepEqual(refused(5), ['protocol_unsupported', 'The server is too old for the other side']);
});
