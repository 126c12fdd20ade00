/** docs/protocols/http.md names every metric with its labels, and none that is not there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerLab } from './server-lab.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/protocols/http.md'), 'utf8');

test('the page names every metric with its labels', async (t) => {
  const lab = await ServerLab.open(t);
  lab.counts.connected();
  lab.counts.called('scire.pending', 'answered');
  await lab.call('GET', '/v1/health');
  const { text } = await lab.call('GET', '/metrics');

  const labels = new Map([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => [name, '']));
  for (const [, name = '', of = ''] of text.matchAll(/^(\w+)\{([^}]*)\}/gm))
    if (labels.has(name))
      labels.set(name, [...of.matchAll(/(\w+)=/g)].map(([, it]) => `\`${it}\``).join(', '));
  const documented = [...page.matchAll(/^\| `(labkeep_\w+)` \| (.*?) ?\|/gm)].map(
    ([, name = '', of = '']) => [name, of] as const,
  );
  assert.deepEqual(new Map(documented), labels);
});
