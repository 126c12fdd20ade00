/**
 * XML from outside, within bounds: a document becomes a small tree, piece by piece as its bytes come. Nothing is
 * expanded and nothing fetched: a document type, and any entity beyond the five that XML itself has, is refused.
 */
import { SaxesParser } from 'saxes';
import { Fault } from '../../core/faults.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

export interface XmlBounds {
  readonly bytes: number;
  readonly depth: number;
  readonly elements: number;
  /** Of one element. */
  readonly attributes: number;
}

interface Open {
  readonly name: string;
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Takes a document in pieces. After a refusal it takes no more. */
export class XmlReader {
  readonly #bounds: XmlBounds;
  readonly #parser = new SaxesParser({ position: true });
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #open: Open[] = [];
  #root: XmlElement | null = null;
  #bytes = 0;
  #elements = 0;

  constructor(bounds: XmlBounds) {
    this.#bounds = bounds;
    const parser = this.#parser;
    parser.on('xmldecl', ({ encoding = 'utf-8', version = '1.0' }) => {
      if (!/^(?:utf-?8|us-ascii|ascii)$/i.test(encoding))
        throw new Fault('xml_encoding', { field: 'encoding', found: encoding, expected: 'UTF-8' });
      if (version !== '1.0')
        throw new Fault('malformed_xml', { field: 'version', found: version, expected: '1.0' });
    });
    parser.on('doctype', () => {
      throw new Fault('malformed_xml', { detail: 'A document type (DOCTYPE) is not read here' });
    });
    parser.on('processinginstruction', () => {
      throw new Fault('malformed_xml', { detail: 'A processing instruction is not read here' });
    });
    parser.on('error', (error) => {
      throw new Fault('malformed_xml', { detail: `The text is not XML: ${error.message}` }, error);
    });
    parser.on('opentagstart', () => this.#countElement());
    parser.on('attribute', () => this.#countAttribute());
    parser.on('opentag', ({ name, attributes }) => {
      this.#attributes = 0;
      this.#open.push({ name, attributes: new Map(Object.entries(attributes)), children: [], text: '' });
    });
    parser.on('text', (text) => this.#addText(text));
    parser.on('cdata', (text) => this.#addText(text));
    parser.on('closetag', () => this.#close());
  }

  #attributes = 0;

  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#bounds.bytes)
      throw new Fault('too_large', { expected: `at most ${this.#bounds.bytes} bytes` });
    this.#parser.write(this.#decode(bytes));
  }

  /** The document, which has come whole. */
  end(): XmlElement {
    const rest = this.#decode(null);
    this.#parser.write(rest).close();
    if (this.#root === null) throw new Fault('malformed_xml', { detail: 'There is no XML' });
    return this.#root;
  }

  #decode(bytes: Uint8Array | null): string {
    try {
      return bytes === null ? this.#decoder.decode() : this.#decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw new Fault('xml_encoding', { detail: 'The text is not UTF-8' }, error);
    }
  }

  #countElement(): void {
    this.#elements += 1;
    if (this.#open.length >= this.#bounds.depth)
      throw new Fault('too_deep', { expected: `at most ${this.#bounds.depth} levels` });
    if (this.#elements > this.#bounds.elements)
      throw new Fault('too_large', { expected: `at most ${this.#bounds.elements} elements` });
  }

  #countAttribute(): void {
    this.#attributes += 1;
    if (this.#attributes > this.#bounds.attributes)
      throw new Fault('too_large', { expected: `at most ${this.#bounds.attributes} attributes` });
  }

  #addText(text: string): void {
    const innermost = this.#open.at(-1);
    if (innermost !== undefined) innermost.text += text;
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined) return;
    const around = this.#open.at(-1);
    if (around === undefined) this.#root = closed;
    else around.children.push(closed);
  }
}

/** The same of a document that is there whole. */
export function readXml(text: string | Uint8Array, bounds: XmlBounds): XmlElement {
  const reader = new XmlReader(bounds);
  reader.push(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  return reader.end();
}
