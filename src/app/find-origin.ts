import type { Origin } from '../ports/records/provenance.ts';
import { readable } from './access.ts';
import type { Caller } from './caller.ts';
import { checkDigest, plainPath } from './file-key.ts';
import { mayReadRef } from './hide-foreign.ts';
import type { World } from './world.ts';

export interface OriginRequest {
  readonly path: string;
  /** Of its present content. */
  readonly sha256?: string | undefined;
}

/** Who made a file, and from what, as far as the token may read. */
export function findOrigin({ storage }: World) {
  return async ({ principal }: Caller, { path, sha256 }: OriginRequest): Promise<Origin> => {
    const origin = await storage.findOrigin({
      path: plainPath(path, 'path'),
      sha256: sha256 === undefined ? null : checkDigest(sha256, 'sha256'),
      only: readable(principal),
    });
    const inputs = origin.inputs.map((input) =>
      input.madeBy === null || mayReadRef(principal, input.madeBy.ref) ? input : { ...input, madeBy: null },
    );
    return { ...origin, inputs };
  };
}
