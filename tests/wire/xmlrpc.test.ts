import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/core/faults.ts';
import { readXml } from '../../src/wire/xml/xml-reader.ts';
import { isXmlText } from '../../src/wire/xml/xml-text.ts';
import { readAnswer, readCall } from '../../src/wire/xmlrpc/read-message.ts';
import { RpcTime, type RpcValue, struct, typeOf } from '../../src/wire/xmlrpc/value.ts';
import { writeAnswer, writeCall } from '../../src/wire/xmlrpc/write-message.ts';

const bounds = { bytes: 1_000_000, depth: 40, elements: 10_000, attributes: 4 };

function valueIn(xml: string): RpcValue {
  const call = readCall(
    readXml(
      `<methodCall><methodName>m</methodName><params><param>${xml}</param></params></methodCall>`,
      bounds,
    ),
  );
  assert.equal(call.params.length, 1);
  return call.params[0] ?? null;
}

test('each type of the specification is read', () => {
  const cases: readonly (readonly [string, RpcValue])[] = [
    ['<value> bare </value>', ' bare '],
    ['<value/>', ''],
    ['<value><string/></value>', ''],
    ['<value>\n <int>-12</int>\n</value>', -12],
    ['<value><i4>+7</i4></value>', 7],
    ['<value><i8>9007199254740991</i8></value>', 9_007_199_254_740_991],
    ['<value><boolean>1</boolean></value>', true],
    ['<value><double>-12.214</double></value>', -12.214],
    ['<value><double>1e-07</double></value>', 1e-7],
    [
      '<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>',
      new RpcTime('19980717T14:08:55'),
    ],
    ['<value><base64>eW91\n IGNh</base64></value>', Buffer.from('you ca')],
    ['<value><nil/></value>', null],
    ['<value><array><data/></array></value>', []],
    [
      '<value><struct><member><name>__proto__</name><value><i4>1</i4></value></member></struct></value>',
      new Map([['__proto__', 1]]),
    ],
  ];
  for (const [xml, value] of cases) assert.deepEqual(valueIn(xml), value, xml);
});

test('what is no call, or no value, is refused by its place', () => {
  const values = [
    '<value><int>2147483648</int></value>',
    '<value><int>1.5</int></value>',
    '<value><int/></value>',
    '<value><i8>9007199254740993</i8></value>',
    '<value><boolean>true</boolean></value>',
    '<value><double>inf</double></value>',
    '<value><double>0x10</double></value>',
    '<value><base64>eW91IGNh!</base64></value>',
    '<value><base64>abc</base64></value>',
    '<value><dateTime.iso8601>yesterday</dateTime.iso8601></value>',
    '<value><constructor/></value>',
    '<value><nil>x</nil></value>',
    '<value>x<int>1</int></value>',
    '<value><int>1</int><int>2</int></value>',
    '<value><int><b/></int></value>',
    '<value><array/></value>',
    '<value><array><data>1</data></array></value>',
    '<value><struct><member><name>a</name></member></struct></value>',
    '<value><struct><member><value/><name>a</name></member></struct></value>',
    '<value><struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct></value>',
    '<int>1</int>',
  ];
  for (const xml of values)
    assert.throws(
      () => valueIn(xml),
      (error) => error instanceof Fault && error.code === 'call_invalid',
      xml,
    );
  const calls = [
    '<methodResponse/>',
    '<methodCall/>',
    '<methodCall><params/></methodCall>',
    '<methodCall><methodName/></methodCall>',
    '<methodCall><methodName>a b</methodName></methodCall>',
    '<methodCall><methodName>a</methodName><params><value/></params></methodCall>',
    '<methodCall><methodName>a</methodName><params/><params/></methodCall>',
    '<methodCall>x<methodName>a</methodName></methodCall>',
  ];
  for (const xml of calls)
    assert.throws(
      () => readCall(readXml(xml, bounds)),
      (error) => error instanceof Fault && error.code === 'call_invalid',
      xml,
    );
  assert.deepEqual(readCall(readXml('<methodCall><methodName> a.b </methodName></methodCall>', bounds)), {
    method: 'a.b',
    params: [],
  });
});

const text = fc.string({ unit: 'grapheme' }).filter(isXmlText);
const { value } = fc.letrec<{ value: RpcValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((it) => it + 0),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }).map((it) => Buffer.from(it)),
    fc.constant(new RpcTime('20261122T05:30:00')),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((members) => new Map(members)),
  ),
}));

test('any value comes back as it was written, in calls and in answers', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (params) => {
      const call = { method: 'scire.x', params };
      assert.deepEqual(readCall(readXml(writeCall(call), bounds)), call);
      for (const it of params)
        assert.deepEqual(readAnswer(readXml(writeAnswer({ value: it }), bounds)), { value: it });
    }),
    { numRuns: 500 },
  );
});

test('a fault comes back, but for what XML cannot carry', () => {
  const fault = { code: -32602, text: 'field “a”\u0001 <b>' };
  assert.deepEqual(readAnswer(readXml(writeAnswer({ fault }), bounds)), {
    fault: { ...fault, text: 'field “a”\ufffd <b>' },
  });
  for (const xml of [
    '<methodResponse/>',
    '<methodResponse><fault><value>x</value></fault></methodResponse>',
    '<methodResponse><params/></methodResponse>',
    '<methodCall><methodName>x</methodName></methodCall>',
  ])
    assert.throws(() => readAnswer(readXml(xml, bounds)), Fault, xml);
});

test('numbers are written as the specification has them, without an exponent', () => {
  const written = (it: number): string =>
    /<(?:int|double)>([^<]*)/.exec(writeAnswer({ value: it }))?.[1] ?? '';
  assert.deepEqual([0, -0, 2 ** 31, -(2 ** 31), 1e21, 1.5e-7, 0.1].map(written), [
    '0',
    '0',
    '2147483648.0',
    '-2147483648',
    '1000000000000000000000.0',
    '0.00000015',
    '0.1',
  ]);
  assert.throws(() => writeAnswer({ value: Number.NaN }), TypeError);
  const types = ['', 1, 1.5, true, null, Buffer.from(''), new RpcTime(''), [], struct({})].map((it) =>
    typeOf(it),
  );
  assert.deepEqual(types, [
    'string',
    'int',
    'double',
    'boolean',
    'nil',
    'base64',
    'dateTime.iso8601',
    'array',
    'struct',
  ]);
});
