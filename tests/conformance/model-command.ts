import fc from 'fast-check';
import type { World } from './model-world.ts';

export type Command = fc.AsyncCommand<object, World>;

/** An act with its arguments; `run` does nothing where there is nothing to act on. */
export function command<Args>(
  name: string,
  args: fc.Arbitrary<Args>,
  run: (world: World, args: Args) => Promise<unknown>,
): fc.Arbitrary<Command> {
  return args.map((chosen) => ({
    check: () => true,
    run: async (_model, world) => {
      await run(world, chosen);
      await world.checkPlaces();
    },
    toString: () => `${name}(${fc.stringify(chosen)})`,
  }));
}

/** A number by which one of the things that are there is picked. */
export const pick = fc.nat({ max: 999 });

export const sometimes = <T>(arbitrary: fc.Arbitrary<T>, oneIn = 3) =>
  fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

export function picked<T>(from: readonly T[], number: number): T | undefined {
  return from[number % Math.max(1, from.length)];
}
