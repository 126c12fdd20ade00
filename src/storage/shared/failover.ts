import { Fault } from '../../core/faults.ts';
import { type Acknowledged, type Found, failoverOf } from '../../core/leases/failover.ts';
import { startIncarnation } from './acts/start-incarnation.ts';
import { integer, integerOrNull } from './rows.ts';
import type { Row, Script } from './script.ts';
import type { Counters, Transaction } from './transaction.ts';

/** What of the row of counters tells where the record was written; null where the storage cannot fail over. */
export interface Written extends Pick<Found, 'written' | 'synchronous' | 'begun'> {
  /** Whether commits wait for a standby now. */
  readonly waits: boolean;
}

export function writtenOf(row: Row): Written {
  const begun = integerOrNull(row.begun_event);
  return {
    written: integerOrNull(row.timeline),
    synchronous: row.synchronous === 1,
    begun:
      begun === null
        ? null
        : { event: begun, epoch: integer(row.begun_epoch), clock: integer(row.begun_clock) },
    waits: row.waits === 1,
  };
}

/** What one server keeps in mind of it, from transaction to transaction. */
export class Timelines {
  #acknowledged: Acknowledged | null = null;
  readonly #onFailover: (what: 'goes_on' | 'begins_anew') => void;

  constructor(onFailover: (what: 'goes_on' | 'begins_anew') => void) {
    this.#onFailover = onFailover;
  }

  /** At the beginning of a transaction, before anything else is judged. Gives the timeline that this is on. */
  *follow(tx: Transaction, counters: Counters, connected: number | null, it: Written): Script<number> {
    const timeline = connected ?? integer((yield* tx.selectOne('find-timeline'))?.timeline);
    const { event, epoch, clock, incarnation } = counters;
    const place = { event, epoch, clock };
    const what = failoverOf({ timeline, incarnation, place, ...it }, this.#acknowledged);
    if (what === 'is_of_before')
      throw new Fault('storage_unavailable', { detail: 'The database that answers was the primary before' });
    if (what === 'stays') {
      if (it.waits !== it.synchronous) yield* tx.write('set-synchronous', [[it.waits ? 1 : 0]]);
      return timeline;
    }
    tx.known.forget();
    tx.begin('labkeep');
    if (what === 'begins_anew') yield* startIncarnation(tx, { isSame: true, replaced: 0 });
    yield* tx.write('begin-timeline', [[timeline, it.waits ? 1 : 0, event, epoch, clock]]);
    if (it.written !== null) {
      tx.record('storage.failed_over', null);
      this.#onFailover(what);
    }
    tx.end(true);
    return timeline;
  }

  /** After a commit. */
  acknowledge({ incarnation, event, epoch, clock }: Counters, timeline: number): void {
    this.#acknowledged = { incarnation, event, epoch, clock, timeline };
  }
}
