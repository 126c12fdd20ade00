import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/core/faults.ts';
import { readXml, type XmlBounds, type XmlElement, XmlReader } from '../../src/wire/xml/xml-reader.ts';
import { element, escapeText, isXmlText, textElement } from '../../src/wire/xml/xml-text.ts';

const bounds: XmlBounds = { bytes: 10_000, depth: 5, elements: 20, attributes: 3 };

function plain({ name, attributes, children, text }: XmlElement): unknown {
  return [name, Object.fromEntries(attributes), text, ...children.map(plain)];
}

function refusedAs(code: FaultCode, detail = /./): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.code === code && detail.test(error.message);
}

const documents: readonly (readonly [text: string, tree: unknown])[] = [
  ['<a/>', ['a', {}, '']],
  [
    '<?xml version="1.0" encoding="utf-8"?>\n<a b="c&#10;&lt;" d=\'e\'>f</a>',
    ['a', { b: 'c\n<', d: 'e' }, 'f'],
  ],
  ['<a>1<b>2</b>3<![CDATA[<&]]></a>', ['a', {}, '13<&', ['b', {}, '2']]],
  ['<a><!-- no text --><b><c/></b>Å&amp;&#x1F9EC;</a>', ['a', {}, 'Å&🧬', ['b', {}, '', ['c', {}, '']]]],
  ['\ufeff<a constructor="1" __proto__="2"/>', ['a', { constructor: '1', ['__proto__']: '2' }, '']],
];

test('a document is read whole, byte by byte, and as its bytes fall', () => {
  for (const [text, tree] of documents) {
    const bytes = new TextEncoder().encode(text);
    assert.deepEqual(plain(readXml(text, bounds)), tree);
    const reader = new XmlReader(bounds);
    for (const byte of bytes) reader.push(Uint8Array.of(byte));
    assert.deepEqual(plain(reader.end()), tree, text);
  }
});

const refusals: readonly (readonly [text: string | Uint8Array, code: FaultCode, detail?: RegExp])[] = [
  ['', 'malformed_xml'],
  ['   ', 'malformed_xml'],
  ['<a>', 'malformed_xml'],
  ['<a/><b/>', 'malformed_xml'],
  ['<a/>x', 'malformed_xml'],
  ['<a></b>', 'malformed_xml'],
  ['<a b="1" b="2"/>', 'malformed_xml'],
  ['<a>\u0001</a>', 'malformed_xml'],
  ['<a>&#1;</a>', 'malformed_xml'],
  ['<a>&nbsp;</a>', 'malformed_xml'],
  ['<a>&constructor;&toString;</a>', 'malformed_xml'],
  ['<!DOCTYPE a><a/>', 'malformed_xml', /DOCTYPE/],
  ['<!DOCTYPE a [<!ENTITY x "lol">]><a>&x;</a>', 'malformed_xml', /DOCTYPE/],
  ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'malformed_xml', /DOCTYPE/],
  ['<?php echo ?><a/>', 'malformed_xml', /processing instruction/],
  ['<?xml version="1.1"?><a/>', 'malformed_xml'],
  ['<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'xml_encoding', /found "ISO-8859-1", expected UTF-8/],
  [Buffer.from('<a>\xe4</a>', 'latin1'), 'xml_encoding'],
  [Buffer.from('\ufeff<a/>', 'utf16le'), 'xml_encoding'],
  [Uint8Array.of(0x3c, 0x61, 0x2f, 0x3e, 0xc3), 'xml_encoding'],
  ['<a><b><c><d><e><f/></e></d></c></b></a>', 'too_deep', /at most 5 levels/],
  [`<a>${'<b/>'.repeat(20)}</a>`, 'too_large', /at most 20 elements/],
  ['<a b="" c="" d="" e=""/>', 'too_large', /at most 3 attributes/],
  [`<a>${'x'.repeat(10_000)}</a>`, 'too_large', /at most 10000 bytes/],
];

test('what is not XML, or more than is read, is refused, however its bytes fall', () => {
  for (const [document, code, detail] of refusals) {
    const bytes = typeof document === 'string' ? new TextEncoder().encode(document) : document;
    assert.throws(() => readXml(bytes, bounds), refusedAs(code, detail), String(document));
    const bytewise = (): void => {
      const reader = new XmlReader(bounds);
      for (const byte of bytes) reader.push(Uint8Array.of(byte));
      reader.end();
    };
    assert.throws(bytewise, refusedAs(code, detail), `byte by byte: ${String(document)}`);
  }
});

test('nothing but a fault comes of any bytes at all', () => {
  const soup = fc.array(
    fc.constantFrom('<', '>', '/', 'a', '"', '=', '&', ';', ' ', '!', '?', '[', ']', '-', '\n', 'é'),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        soup.map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        try {
          readXml(text, bounds);
        } catch (error) {
          assert.ok(error instanceof Fault, `${String(error)} for ${JSON.stringify(text)}`);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('any text that XML can carry comes back as it was written, as text and in attributes', () => {
  const wide: XmlBounds = { ...bounds, bytes: 1_000_000 };
  const text = fc.string({ unit: 'binary' }).map((it) => `${it}\r\n\t <&>"'\u2028]]>`);
  fc.assert(
    fc.property(text, (it) => {
      const back = readXml(textElement('a', {}, it), wide);
      const packed = back.attributes.get('encoding') === 'base64';
      assert.equal(packed, !isXmlText(it));
      assert.equal(packed ? Buffer.from(back.text, 'base64').toString('utf8') : back.text, it);
      if (!packed) assert.equal(readXml(element('a', { b: it }), wide).attributes.get('b'), it);
    }),
    { numRuns: 200 },
  );
  assert.equal(escapeText('a<b'), 'a&lt;b');
  assert.equal(element('a', { b: null, c: 0 }), '<a c="0"/>');
});
