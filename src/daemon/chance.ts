import { randomBytes } from 'node:crypto';
import type { Chance, Clock } from '../ports/clock.ts';

export const systemClock: Clock = { now: () => Date.now() };

export const systemChance: Chance = {
  next: () => Math.random(),
  token: (bytes) => randomBytes(bytes).toString('hex'),
};
