import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/core/faults.ts';
import { readXml } from '../../src/wire/xml/xml-reader.ts';
import { writeJobFile } from '../../src/wire/xmlrpc/job-file.ts';
import { readStatusFile } from '../../src/wire/xmlrpc/status-file.ts';

const none = { exitCode: null, reason: null, error: null, outputs: [] };
const silent = { fraction: null, text: null, counts: null };

test('a status file says what became of a job', () => {
  assert.deepEqual(readStatusFile('<status job="toxd/12" epoch="7" state="succeeded" exit-code="0"/>'), {
    ...none,
    job: 'toxd/12',
    epoch: 7,
    state: 'succeeded',
    exitCode: 0,
    progress: silent,
  });
  const whole = `<?xml version="1.0"?>
<status job="toxd/12.1" epoch="8589934592" state="failed" exit-code="-9" reason="signal">
  <error encoding="base64">${Buffer.from('killed\u0007').toString('base64')}</error>
  <output size="4" sha256="ab">/data/a &amp; b.mtz</output>
  <output>c</output>
</status>`;
  assert.deepEqual(readStatusFile(whole), {
    job: 'toxd/12.1',
    epoch: 8_589_934_592,
    state: 'failed',
    exitCode: -9,
    reason: 'signal',
    error: 'killed\u0007',
    outputs: [{ path: '/data/a & b.mtz', size: 4, sha256: 'ab' }, { path: 'c' }],
    progress: silent,
  });
  const running =
    '<status job="a/1" epoch="1" state="running"><progress fraction="0.25" done="3" total="12" unit="files">x</progress></status>';
  assert.deepEqual(readStatusFile(running).progress, {
    fraction: 0.25,
    text: 'x',
    counts: { done: 3, total: 12, unit: 'files' },
  });
});

test('what a status file gets wrong is named', () => {
  const head = 'job="a/1" epoch="1" state="running"';
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<state/>', /found "state", expected status/],
    [`<status ${head}>text</status>`, /expected elements, no text/],
    ['<status epoch="1" state="running"/>', /the attribute job/],
    ['<status job="a/1" epoch="1.5" state="running"/>', /field epoch, found "1.5", expected an integer/],
    ['<status job="a/1" epoch="99999999999999999" state="running"/>', /field epoch/],
    [
      '<status job="a/1" epoch="1" state="FINISHED"/>',
      /field state, found "FINISHED", expected one of running, succeeded/,
    ],
    [`<status ${head} exitcode="0"/>`, /found "exitcode", expected job, epoch, state, exit-code, reason/],
    [`<status ${head}><errors/></status>`, /found "errors", expected error, output, progress/],
    [`<status ${head}><error/><error/></status>`, /expected error once/],
    [`<status ${head}><error><b/></error></status>`, /field error, found "b", expected text/],
    [`<status ${head}><error encoding="gzip"/></status>`, /field error, found "gzip", expected base64/],
    [`<status ${head}><error encoding="base64">/w==</error></status>`, /UTF-8 within base64/],
    [`<status ${head}><output size="big"/></status>`, /field output\[0\].size/],
    [`<status ${head}><progress fraction="-1"/></status>`, /field progress.fraction/],
    [`<status ${head}><progress total="1"/></status>`, /done, where there is total or unit/],
    [`<status ${head}><progress/><progress/></status>`, /progress once/],
  ];
  for (const [text, said] of cases)
    assert.throws(
      () => readStatusFile(text),
      (error) => error instanceof Fault && error.code === 'status_invalid' && said.test(error.message),
      text,
    );
});

test('a job file says nothing of what a job does not have', () => {
  const bare = {
    ...{
      id: 'toxd/1',
      epoch: 7,
      attempt: 1,
      priority: -5,
      created: '2026-11-22T05:30:00.000Z',
      offerSeconds: 30,
    },
    ...{ onLost: 'fail', owner: 'ada', task: null, title: null, command: null, stdin: null, directory: null },
    ...{
      environment: {},
      parameters: null,
      inputs: [],
      outputs: [],
      attemptSeconds: null,
      databases: [],
      token: 't',
    },
  };
  const bounds = { bytes: 10_000, depth: 4, elements: 100, attributes: 20 };
  const file = readXml(writeJobFile(bare), bounds);
  assert.deepEqual(Object.fromEntries(file.attributes), {
    id: 'toxd/1',
    epoch: '7',
    attempt: '1',
    priority: '-5',
    created: '2026-11-22T05:30:00.000Z',
    'confirm-within': '30',
    'on-lost': 'fail',
    owner: 'ada',
  });
  assert.deepEqual(
    file.children.map(({ name, text }) => [name, text]),
    [['token', 't']],
  );
  const asked = {
    ...bare,
    task: 'align',
    parameters: { 'a<': [1] },
    attemptSeconds: 60,
    inputs: [{ path: 'x\ny', size: 2 }],
  };
  const [parameters, input] = readXml(writeJobFile(asked), bounds).children;
  assert.deepEqual(JSON.parse(parameters?.text ?? ''), { 'a<': [1] });
  assert.deepEqual([input?.text, input?.attributes.get('size')], ['x\ny', '2']);
});
