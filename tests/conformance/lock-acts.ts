import fc from 'fast-check';
import { lockKinds } from '../../src/core/locks/wishes.ts';

/** Silences beyond two of these are those of a server that was away. */
export const sweepMs = 10_000;

export const names = ['a', 'b'] as const;
const below = ['', '', '/x', '/y', '/x/1', '/x/2'] as const;
const name = fc.constantFrom(...names);
const path = fc.tuple(name, fc.constantFrom(...below)).map((parts) => parts.join(''));
const mode = fc.constantFrom(...lockKinds);
const wishes = fc.uniqueArray(fc.record({ path, mode }), {
  minLength: 1,
  maxLength: 3,
  selector: (wish) => wish.path,
});
const databases = fc.uniqueArray(name, { maxLength: 2 });
const which = fc.nat(999);

function act<const Kind extends string, Arguments extends object>(
  kind: Kind,
  weight: number,
  args: fc.Arbitrary<Arguments>,
) {
  return { weight, arbitrary: args.map((chosen) => ({ kind, ...chosen })) };
}

export const randomAct = fc.oneof(
  act(
    'open',
    4,
    fc.record({
      leaseMs: fc.constantFrom(6_000, 20_000, 60_000, 600_000),
      idleMs: fc.constantFrom(null, null, 8_000),
      databases: fc.oneof(
        { weight: 3, arbitrary: fc.constant<('a' | 'b')[]>([]) },
        { weight: 1, arbitrary: databases },
      ),
    }),
  ),
  act(
    'acquire',
    24,
    fc.record({
      ...{ which, wishes, wait: fc.constantFrom(true, true, true, false) },
      waitMs: fc.constantFrom(null, null, 3_000),
    }),
  ),
  act(
    'together',
    8,
    fc.record({
      back: fc.array(which, { maxLength: 3 }),
      asks: fc.array(fc.record({ which, wishes, wait: fc.boolean(), waitMs: fc.constant(null) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  ),
  act('release', 9, fc.record({ which, stale: fc.nat(9).map((it) => it === 0) })),
  act('change', 4, fc.record({ which, part: which, mode, stale: fc.nat(9).map((it) => it === 0) })),
  act('renew', 4, fc.record({ which, used: fc.boolean() })),
  act('visit', 2, fc.record({ which, open: databases, leave: databases })),
  act('end', 2, fc.record({ which, byManager: fc.boolean() })),
  act('pass', 5, fc.record({ ms: fc.constantFrom(0, 1_000, 1_000, 3_000, 7_000) })),
  act('silence', 1, fc.record({})),
  act('close', 1, fc.record({ name, graceMs: fc.constantFrom(0, 5_000, 60_000) })),
  act('reopen', 3, fc.record({ name })),
  act('break', 1, fc.record({ which })),
  act('turn', 2, fc.record({ name, state: fc.constantFrom('on', 'on', 'on', 'off') })),
);
export type LockAct = typeof randomAct extends fc.Arbitrary<infer T> ? T : never;
