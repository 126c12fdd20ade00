/** docs/protocols/xmlrpc.md, carried out: each call is sent, each answer is the one that comes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultNumbers, otherFault } from '../../src/frontends/xmlrpc/fault-codes.ts';
import { readXml, type XmlElement } from '../../src/wire/xml/xml-reader.ts';
import { readAnswer, readCall } from '../../src/wire/xmlrpc/read-message.ts';
import { isArray } from '../../src/wire/xmlrpc/value.ts';
import { writeCall } from '../../src/wire/xmlrpc/write-message.ts';
import { XmlRpcLab } from './xmlrpc-lab.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/protocols/xmlrpc.md'), 'utf8');
const bounds = { bytes: 1_000_000, depth: 40, elements: 10_000, attributes: 20 };

const blocks = [...page.matchAll(/^```xml (\w+)\n(.*?)^```$/gms)].map(([, kind = '', xml = '']) => ({
  kind,
  xml,
}));

/** Without the blanks between elements, which mean nothing. */
function plain({ name, attributes, children, text }: XmlElement): unknown {
  const own = children.length > 0 ? text.trim() : text;
  return [name, Object.fromEntries(attributes), own, ...children.map(plain)];
}

function treeOf(xml: string): unknown {
  return plain(readXml(xml.trim(), bounds));
}

test('the exchange that the page shows is the one that happens', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  await rpc.lab.ok('POST', '/v1/databases', { body: { name: 'embl', kind: 'external' } });
  const submitted = {
    title: 'first cycle',
    command: ['refine', 'in.mtz'],
    stdin: 'ncycles 10',
    directory: '/data/toxd',
    environment: { CCP4I_TCLTK: '/usr/bin' },
    inputs: ['/data/toxd/in.mtz'],
    outputs: ['/data/toxd/out.mtz'],
    priority: 5,
    limits: { attemptMs: 3_600_000 },
    locks: ['embl:shared'],
  };
  /** What the page says, and what is so here. */
  const here: [RegExp, string][] = [];
  const asHere = (xml: string): string => here.reduce((text, [page, own]) => text.replaceAll(page, own), xml);

  let came = '';
  for (const { kind, xml } of blocks) {
    if (kind === 'call') {
      if (xml.includes('ask_for_work')) await rpc.submit(submitted);
      const { text } = await rpc.post(asHere(xml));
      came = text;
      const registered = /<name>epoch<\/name><value><string>(\d+)</.exec(text)?.[1];
      if (registered !== undefined) here.push([/4294967300/g, registered]);
    } else if (kind === 'job') {
      const answer = readAnswer(readXml(came, bounds));
      assert.ok('value' in answer && typeof answer.value === 'string');
      came = answer.value;
      for (const [pattern, own] of [
        [/\blka_4294967301\b/g, /<token>(.*?)</],
        [/\b4294967301\b/g, / epoch="(.*?)"/],
        [/2026-11-22T05:30:00\.000Z/g, / created="(.*?)"/],
      ] as const)
        here.push([pattern, own.exec(came)?.[1] ?? 'nothing']);
      assert.equal(came.trim(), asHere(xml).trim());
    } else if (kind === 'status') {
      const call = writeCall({ method: 'scire.report_status', params: ['w1', asHere(xml)] });
      came = (await rpc.post(call)).text;
    } else if (kind === 'answer') assert.deepEqual(treeOf(came), treeOf(asHere(xml)));
    else
      assert.deepEqual([kind, readCall(readXml(xml, bounds))], ['poll', { method: 'poll_now', params: [] }]);
  }
  assert.equal((await rpc.job('toxd/1')).state, 'succeeded');
  assert.ok(blocks.length >= 14, 'the page has lost its examples');
});

test('the page names every method with its parameters, and every fault with its number', async (t) => {
  const rpc = await XmlRpcLab.open(t);
  const methods = await rpc.value('system.listMethods');
  assert.ok(isArray(methods));
  for (const method of methods) {
    const usage = String(await rpc.value('system.methodHelp', method)).split(': ')[0];
    assert.ok(page.includes(`\`${usage}\``), `${usage} is not on the page`);
  }
  const named = [...page.matchAll(/`((?:scire|system)\.\w+)\(/g)].map(([, name = '']) => name);
  assert.deepEqual(
    named.filter((name) => !methods.includes(name)),
    [],
  );
  const numbers = Object.fromEntries(
    [...page.matchAll(/^\| (-?\d+) \| `(\w+)` \|$/gm)].map(([, number, code = '']) => [code, Number(number)]),
  );
  assert.deepEqual(numbers, { ...faultNumbers });
  assert.match(page, new RegExp(`^\\| ${otherFault} \\| any other \\|$`, 'm'));
  assert.equal(new Set(Object.values(faultNumbers)).size, Object.keys(faultNumbers).length);
});
