import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobDocument } from '../../src/core/jobs/job.ts';
import { newDocument } from '../../src/core/jobs/new-job.ts';
import { specifyJob } from '../../src/core/jobs/specify.ts';
import { documentFrom, documentText } from '../../src/storage/shared/document.ts';

function documentOf(request: Parameters<typeof specifyJob>[0]): JobDocument {
  return newDocument(specifyJob(request, 'ada'), []);
}

test('what most jobs leave as it is takes no room', () => {
  const document = documentOf({ task: 'align', parameters: { n: 1 } });
  assert.equal(documentText(document), '{"command":null,"directory":null,"parameters":{"n":1}}');
  assert.deepEqual(documentFrom(documentText(document)), document);
});

test('all else is kept', () => {
  const document = documentOf({
    command: ['sort', '-n'],
    stdin: 'b\na\n',
    environment: { LANG: 'C' },
    inputs: ['reads.fastq'],
    limits: { attemptMs: 60_000 },
    retry: { max: 2 },
    onLost: 'retry',
    metadata: { batch: 7 },
  });
  assert.deepEqual(documentFrom(documentText(document)), document);
});
