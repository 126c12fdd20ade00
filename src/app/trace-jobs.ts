import { graphBounds } from '../core/files/graph.ts';
import { plainPath } from '../core/files/paths.ts';
import { type JobPlace, readReference } from '../core/jobs/reference.ts';
import { checkInteger } from '../core/jobs/specify.ts';
import type { Direction, Graph } from '../ports/records/provenance.ts';
import { allow, readable } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface TraceRequest {
  /** A job, or its reference, or the absolute path of a file. */
  readonly of: JobPlace | string;
  readonly direction?: Direction | undefined;
  readonly depth?: number | undefined;
  readonly limit?: number | undefined;
}

/** What a job or a file rests on, and what rests on it, in the projects that the token may read. */
export function traceJobs({ storage }: World) {
  return async ({ principal }: Caller, request: TraceRequest): Promise<Graph> => {
    const { direction = 'both', depth = graphBounds.depth, limit = graphBounds.nodes } = request;
    checkInteger(depth, 'depth', 0, graphBounds.depthMax);
    checkInteger(limit, 'limit', 1, graphBounds.nodesMax);
    const of = readOf(request.of);
    if (!('path' in of)) allow(principal, 'project.read', of.project);
    return storage.traceJobs({ of, direction, depth, limit, only: readable(principal) });
  };
}

function readOf(of: JobPlace | string): JobPlace | { readonly path: string } {
  if (typeof of !== 'string') return of;
  return of.startsWith('/') ? { path: plainPath(of, 'of') } : readReference(of, 'of');
}
