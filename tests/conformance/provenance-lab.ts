/** What is asked of the record about files and what made them. */
import type { Direction, Graph, Sighting } from '../../src/ports/records/provenance.ts';
import { type Lab, placeOf } from './lab.ts';

export function trace(
  lab: Lab,
  of: string | { readonly path: string },
  direction: Direction,
  more: { readonly depth?: number; readonly limit?: number; readonly only?: readonly string[] } = {},
): Promise<Graph> {
  const at = typeof of === 'string' ? placeOf(of) : of;
  return lab.storage.traceJobs({ of: at, direction, depth: 100, limit: 1_000, only: null, ...more });
}

export type OriginRequest = Parameters<Lab['storage']['findOrigin']>[0];

export function originOf(lab: Lab, path: string, more: Partial<OriginRequest> = {}) {
  return lab.storage.findOrigin({ path, sha256: null, depth: 0, only: null, ...more });
}

/** One edge a line; what closes a circle with =. */
export function edgesOf({ edges }: Graph): readonly string[] {
  return edges.map(({ from, to, file, cyclic }) =>
    cyclic ? `${from} =${file}=> ${to}` : `${from} -${file}-> ${to}`,
  );
}

export function namesOf({ nodes }: Graph): readonly string[] {
  return nodes.map(({ ref }) => ref);
}

/** All of them, two a page. */
export async function sightings(
  lab: Lab,
  key: { readonly path: string } | { readonly sha256: string },
  more: { readonly role?: 'input' | 'output'; readonly only?: readonly string[] } = {},
): Promise<readonly Sighting[]> {
  const found: Sighting[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page = await lab.storage.listSightings({
      ...{ key, role: null, only: null, limit: 2, ...more },
      ...(after === '' ? {} : { after }),
    });
    found.push(...page.items);
    after = page.next;
  }
  return found;
}
