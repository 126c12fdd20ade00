/** How documents are kept: without what most jobs leave as it is. */
import type { JobDocument } from '../../core/jobs/job.ts';
import { plainPolicy } from '../../core/jobs/new-job.ts';
import { text } from './rows.ts';
import type { Row } from './script.ts';

/** What statements select from the text of a document stands in each. */
type Kept = 'command' | 'directory' | 'parameters';

const plain: Omit<JobDocument, Kept> = {
  stdin: null,
  environment: {},
  inputs: [],
  outputs: [],
  after: [],
  notBefore: null,
  resources: null,
  limits: {},
  retry: plainPolicy.retry,
  onLost: plainPolicy.onLost,
  metadata: null,
};
const plainTexts = new Map(Object.entries(plain).map(([key, value]) => [key, JSON.stringify(value)]));

/** The text of a document. */
export function documentText(document: JobDocument): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    const written: string | undefined = JSON.stringify(value);
    if (written !== undefined && written !== plainTexts.get(key)) parts.push(`"${key}":${written}`);
  }
  return `{${parts.join(',')}}`;
}

/** The document that was written so. */
export function documentFrom(cell: Row[string] | undefined): JobDocument {
  return { ...plain, ...(JSON.parse(text(cell)) as Pick<JobDocument, Kept>) };
}
