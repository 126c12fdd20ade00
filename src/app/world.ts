import type { Chance, Clock } from '../ports/clock.ts';
import type { Enforcer } from '../ports/enforcer.ts';
import type { Log } from '../ports/log.ts';
import type { Schemas } from '../ports/schemas.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Storage } from '../ports/storage.ts';
import type { Timers } from '../ports/timers.ts';
import type { Troubles } from '../ports/troubles.ts';

/** All that the use cases reach outside themselves. */
export interface World {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly secrets: Secrets;
  readonly schemas: Schemas;
  readonly timers: Timers;
  /** What keeps roles out of a PostgreSQL; where there is none, closures cannot ask for it. */
  readonly enforcer?: Enforcer;
  readonly log?: Log;
  /** Told of what this server repeats by itself. */
  readonly troubles?: Troubles;
}
