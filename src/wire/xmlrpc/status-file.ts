/** The status file, by which a worker over XML-RPC reports on a job; docs/protocols/xmlrpc.md describes it. */
import { Fault } from '../../core/faults.ts';
import { readBase64 } from '../base64.ts';
import { readXml, type XmlBounds, type XmlElement } from '../xml/xml-reader.ts';

const statusStates = ['running', 'succeeded', 'failed', 'cancelled', 'returned'] as const;
export type StatusState = (typeof statusStates)[number];

export interface StatusFile {
  /** The reference. */
  readonly job: string;
  readonly epoch: number;
  readonly state: StatusState;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly error: string | null;
  readonly outputs: readonly { readonly path: string; readonly size?: number; readonly sha256?: string }[];
  readonly progress: {
    readonly fraction: number | null;
    readonly text: string | null;
    readonly counts: {
      readonly done: number;
      readonly total: number | null;
      readonly unit: string | null;
    } | null;
  };
}

const statusBounds: XmlBounds = { bytes: 1024 * 1024, depth: 3, elements: 10_003, attributes: 8 };

export function readStatusFile(text: string | Uint8Array): StatusFile {
  const root = readXml(text, statusBounds);
  if (root.name !== 'status') throw new Fault('status_invalid', { found: root.name, expected: 'status' });
  const take = attributesOf(root, ['job', 'epoch', 'state', 'exit-code', 'reason']);
  if (root.text.trim() !== '')
    throw new Fault('status_invalid', {
      field: 'status',
      found: root.text.trim(),
      expected: 'elements, no text',
    });
  const file = {
    job: required(take('job'), 'job'),
    epoch: whole(required(take('epoch'), 'epoch'), 'epoch'),
    state: stateOf(required(take('state'), 'state')),
    exitCode: wholeOrNull(take('exit-code'), 'exit-code'),
    reason: take('reason'),
    error: textOfOne(root, 'error'),
    outputs: named(root, 'output').map(readOutput),
    progress: readProgress(root),
  };
  const known = ['error', 'output', 'progress'];
  const unknown = root.children.find(({ name }) => !known.includes(name));
  if (unknown !== undefined)
    throw new Fault('status_invalid', { field: 'status', found: unknown.name, expected: known.join(', ') });
  return file;
}

function readOutput(it: XmlElement, index: number): StatusFile['outputs'][number] {
  const field = `output[${index}]`;
  const take = attributesOf(it, ['size', 'sha256', 'encoding']);
  const size = wholeOrNull(take('size'), `${field}.size`);
  const sha256 = take('sha256');
  return {
    path: textOf(it, field),
    ...(size === null ? {} : { size }),
    ...(sha256 === null ? {} : { sha256 }),
  };
}

function readProgress(root: XmlElement): StatusFile['progress'] {
  const [it, ...others] = named(root, 'progress');
  if (others.length > 0) throw new Fault('status_invalid', { field: 'progress', expected: 'progress once' });
  if (it === undefined) return { fraction: null, text: null, counts: null };
  const take = attributesOf(it, ['fraction', 'done', 'total', 'unit', 'encoding']);
  const fraction = decimalOrNull(take('fraction'), 'progress.fraction');
  const done = decimalOrNull(take('done'), 'progress.done');
  const total = decimalOrNull(take('total'), 'progress.total');
  const unit = take('unit');
  if (done === null && (total !== null || unit !== null))
    throw new Fault('status_invalid', {
      field: 'progress.done',
      expected: 'done, where there is total or unit',
    });
  const text = textOf(it, 'progress');
  return {
    fraction,
    text: text === '' ? null : text,
    counts: done === null ? null : { done, total, unit },
  };
}

function stateOf(text: string): StatusState {
  const found = statusStates.find((state) => state === text);
  if (found === undefined)
    throw new Fault('status_invalid', {
      field: 'state',
      found: text,
      expected: `one of ${statusStates.join(', ')}`,
    });
  return found;
}

function attributesOf(it: XmlElement, known: readonly string[]): (name: string) => string | null {
  for (const name of it.attributes.keys())
    if (!known.includes(name))
      throw new Fault('status_invalid', { field: it.name, found: name, expected: known.join(', ') });
  return (name) => it.attributes.get(name) ?? null;
}

function named(root: XmlElement, name: string): readonly XmlElement[] {
  return root.children.filter((child) => child.name === name);
}

function textOfOne(root: XmlElement, name: string): string | null {
  const [it, ...others] = named(root, name);
  if (others.length > 0) throw new Fault('status_invalid', { field: name, expected: `${name} once` });
  if (it === undefined) return null;
  attributesOf(it, ['encoding']);
  return textOf(it, name);
}

/** Its text, which may be packed as base64 where XML cannot carry it. */
function textOf(it: XmlElement, field: string): string {
  if (it.children.length > 0)
    throw new Fault('status_invalid', { field, found: it.children[0]?.name, expected: 'text' });
  const encoding = it.attributes.get('encoding');
  if (encoding === undefined) return it.text;
  const bytes = encoding === 'base64' ? readBase64(it.text) : null;
  if (bytes === null) throw new Fault('status_invalid', { field, found: encoding, expected: 'base64' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Fault('status_invalid', { field, expected: 'UTF-8 within base64' }, error);
  }
}

function required(text: string | null, field: string): string {
  if (text === null) throw new Fault('status_invalid', { field, expected: `the attribute ${field}` });
  return text;
}

function whole(text: string, field: string): number {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number))
    throw new Fault('status_invalid', { field, found: text, expected: 'an integer' });
  return number;
}

function wholeOrNull(text: string | null, field: string): number | null {
  return text === null ? null : whole(text, field);
}

function decimalOrNull(text: string | null, field: string): number | null {
  if (text === null) return null;
  if (!/^\d{1,16}(?:\.\d{1,17})?$/.test(text))
    throw new Fault('status_invalid', { field, found: text, expected: 'a number, such as 0.25' });
  return Number(text);
}
