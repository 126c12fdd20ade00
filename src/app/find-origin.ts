import { graphBounds } from '../core/files/graph.ts';
import { plainPath } from '../core/files/paths.ts';
import { checkInteger } from '../core/jobs/specify.ts';
import { checkDigest } from '../core/text.ts';
import type { Origin, OriginInput } from '../ports/records/provenance.ts';
import { readable } from './access.ts';
import type { Caller } from './caller.ts';
import { mayReadRef } from './hide-foreign.ts';
import type { World } from './world.ts';

export interface OriginRequest {
  readonly path: string;
  /** Of its present content. */
  readonly sha256?: string | undefined;
  /** Generations of attempts to tell of. */
  readonly depth?: number | undefined;
}

/** Who made a file, and from what, as far as the token may read. */
export function findOrigin({ storage }: World) {
  return async ({ principal }: Caller, { path, sha256, depth = 0 }: OriginRequest): Promise<Origin> => {
    checkInteger(depth, 'depth', 0, graphBounds.depthMax);
    const origin = await storage.findOrigin({
      path: plainPath(path, 'path'),
      sha256: sha256 === undefined ? null : checkDigest(sha256, 'sha256'),
      depth,
      only: readable(principal),
    });
    const shown = (inputs: readonly OriginInput[]): readonly OriginInput[] =>
      inputs.map((input) =>
        input.madeBy === null || mayReadRef(principal, input.madeBy.ref)
          ? input
          : { ...input, madeBy: null, source: null },
      );
    return {
      ...origin,
      inputs: shown(origin.inputs),
      steps: origin.steps.map((step) => ({ ...step, inputs: shown(step.inputs) })),
    };
  };
}
