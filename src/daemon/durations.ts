import { Fault } from '../core/faults.ts';
import type { Durations } from '../core/leases/durations.ts';

/** Shorter leases and offers, for tests only: LABKEEP_TEST_DURATIONS='{"leaseMs": 3000}'. */
export function testDurations(text: string | undefined): Partial<Durations> {
  if (text === undefined || text === '') return {};
  const found: object = JSON.parse(text);
  const durations: { -readonly [K in keyof Durations]?: number } = {};
  for (const [name, value] of Object.entries(found)) {
    if ((name !== 'offerMs' && name !== 'leaseMs' && name !== 'sweepMs') || typeof value !== 'number')
      throw new Fault('usage', {
        field: 'LABKEEP_TEST_DURATIONS',
        found,
        expected: 'offerMs, leaseMs, sweepMs',
      });
    durations[name] = value;
  }
  return durations;
}
