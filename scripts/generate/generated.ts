import { join } from 'node:path';
import { architecturePage } from './architecture-page.ts';
import { clientTypes } from './client-types.ts';
import { errorsPage } from './errors-page.ts';
import { exitCodesPage } from './exit-codes-page.ts';
import { formatted } from './formatted.ts';
import { locksPage } from './locks-page.ts';
import { manPage } from './man-page.ts';
import { openapiDocument } from './openapi-document.ts';

const root = join(import.meta.dirname, '../..');

export interface Generated {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Every file that is made from the sources, as it should be. */
export async function generated(): Promise<readonly Generated[]> {
  const document = await openapiDocument();
  return [
    { path: 'docs/openapi.json', text: `${JSON.stringify(document, null, 2)}\n` },
    { path: 'docs/errors.md', text: errorsPage() },
    { path: 'docs/exit-codes.md', text: exitCodesPage() },
    { path: 'docs/architecture.md', text: await architecturePage(join(root, 'docs/architecture.md')) },
    { path: 'docs/locks.md', text: await locksPage(join(root, 'docs/locks.md')) },
    { path: 'docs/labkeep.1', text: await manPage() },
    { path: 'client/src/types.ts', text: await formatted('client/src/types.ts', clientTypes(document)) },
  ];
}
