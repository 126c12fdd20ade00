import type { CallOptions, PageQuery } from './options.ts';
import type { Transport } from './transport.ts';
import type { Flaw, Verified } from './types.ts';

export interface VerifyQuery extends PageQuery {
  readonly part: 'jobs' | 'counts' | 'locks' | 'events';
}

/** Compares the record with itself, slice by slice; nothing is mended. */
export class Verification {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One slice of one part; `next` is where the next begins. */
  slice(query: VerifyQuery, options?: CallOptions): Promise<Verified> {
    return this.#transport.json({
      method: 'GET',
      path: '/v1/verification',
      query: { ...query },
      repeat: 'safe',
      options,
    });
  }

  /** What is wrong in a part; `onLooked` is told after each slice how many things were looked at. */
  async *flaws(
    part: VerifyQuery['part'],
    onLooked: (looked: number) => void = () => undefined,
    options?: CallOptions,
  ): AsyncGenerator<Flaw, void, undefined> {
    for (let after: string | undefined; ; ) {
      const { flaws, looked, next } = await this.slice(
        { part, limit: 500, ...(after === undefined ? {} : { after }) },
        options,
      );
      onLooked(looked);
      yield* flaws;
      if (next === null) return;
      after = next;
    }
  }
}
