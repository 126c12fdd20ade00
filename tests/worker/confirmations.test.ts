import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfirmRequest } from '@labkeep/client';
import { connect } from '../../src/worker/client-connection.ts';
import { Confirmations } from '../../src/worker/confirmations.ts';
import { systemHost } from '../../src/worker/host.ts';
import { Lease } from '../../src/worker/lease/lease.ts';
import { Registration } from '../../src/worker/registration.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

test('an attempt that was offered again under another epoch is confirmed by itself, and starts once', async () => {
  const asked: ConfirmRequest['attempts'][] = [];
  const connection = {
    ...connect({ url: 'http://127.0.0.1:1', token: '' }),
    register: async () => ({ worker: 'w1', leaseMs: 60_000, epoch: 0 }),
    // As a server answers: it names attempts without their epoch.
    confirm: async ({ attempts }: ConfirmRequest) => {
      asked.push(attempts);
      const isOurs = ({ epoch }: { epoch: number }): boolean => epoch === 8;
      return {
        start: attempts.filter(isOurs).map(({ attempt }) => attempt),
        refused: attempts
          .filter((it) => !isOurs(it))
          .map(({ attempt }) => ({ attempt, code: 'epoch_stale' as const })),
      };
    },
  };
  const patience = { host: systemHost, log: silent, signal: new AbortController().signal };
  const lease = new Lease({
    server: { url: '', token: '' },
    connectionModule: '',
    folder: '',
    safetyMs: null,
    host: systemHost,
    log: silent,
    startRenewing: () => ({
      tell: () => undefined,
      gone: new Promise(() => undefined),
      terminate: async () => undefined,
    }),
    onCancel: () => undefined,
    onLost: () => undefined,
    onNearEnd: () => undefined,
    onUnknown: () => undefined,
  });
  const profile = { name: 'w', capacity: 2, tasks: ['command'] };
  const registration = new Registration({ connection, profile, lease, patience, callMs: 1_000 });
  const confirmations = new Confirmations({ connection, registration, patience, callMs: 1_000 });

  const verdicts = await Promise.all([7, 8].map((epoch) => confirmations.confirm({ attempt: '1-2', epoch })));

  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    ['refused', 'start'],
  );
  assert.equal(asked.length, 2);
});
