import type { Chance, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';

/** All that the use cases reach outside themselves. */
export interface World {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly secrets: Secrets;
  readonly timers: Timers;
  readonly log?: Log;
}
