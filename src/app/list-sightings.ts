import { Fault } from '../core/faults.ts';
import { plainPath } from '../core/files/paths.ts';
import { checkDigest } from '../core/text.ts';
import type { FileKey, Sighting } from '../ports/records/provenance.ts';
import type { Page } from '../ports/storage.ts';
import { allow, readable } from './access.ts';
import type { Caller } from './caller.ts';
import { type PageRequest, pageOf } from './page-request.ts';
import type { World } from './world.ts';

export interface SightingsRequest extends PageRequest {
  readonly path?: string | undefined;
  readonly sha256?: string | undefined;
  readonly role?: 'input' | 'output' | undefined;
  readonly project?: string | undefined;
}

/** Mentions of a file in the projects that the token may read. */
export function listSightings({ storage }: World) {
  return async ({ principal }: Caller, request: SightingsRequest): Promise<Page<Sighting>> => {
    const { role = null, project } = request;
    if (project !== undefined) allow(principal, 'project.read', project);
    const only = project === undefined ? readable(principal) : [project];
    return storage.listSightings({ key: keyOf(request), role, only, ...pageOf(request) });
  };
}

function keyOf({ path, sha256 }: SightingsRequest): FileKey {
  if (path !== undefined && sha256 === undefined) return { path: plainPath(path, 'path') };
  if (sha256 !== undefined && path === undefined) return { sha256: checkDigest(sha256, 'sha256') };
  throw new Fault('invalid_field', { field: 'path', expected: 'either path or sha256' });
}
