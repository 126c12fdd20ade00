/** XML-RPC messages as XML. */
import { asXmlText, escapeText } from '../xml/xml-text.ts';
import { isArray, type RpcAnswer, type RpcCall, RpcTime, type RpcValue, struct } from './value.ts';

const head = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function writeCall({ method, params }: RpcCall): string {
  const written = params.map((value) => `<param>${writeValue(value)}</param>`).join('');
  return `${head}<methodCall><methodName>${escapeText(method)}</methodName><params>${written}</params></methodCall>\n`;
}

export function writeAnswer(answer: RpcAnswer): string {
  const content =
    'fault' in answer
      ? `<fault>${writeValue(struct({ faultCode: answer.fault.code, faultString: asXmlText(answer.fault.text) }))}</fault>`
      : `<params><param>${writeValue(answer.value)}</param></params>`;
  return `${head}<methodResponse>${content}</methodResponse>\n`;
}

function writeValue(value: RpcValue): string {
  return `<value>${writeTyped(value)}</value>`;
}

function writeTyped(value: RpcValue): string {
  if (value === null) return '<nil/>';
  if (typeof value === 'string') return `<string>${escapeText(asXmlText(value))}</string>`;
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'number') return writeNumber(value);
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString('base64')}</base64>`;
  if (value instanceof RpcTime) return `<dateTime.iso8601>${escapeText(value.text)}</dateTime.iso8601>`;
  if (isArray(value)) return `<array><data>${value.map(writeValue).join('')}</data></array>`;
  const members = [...value].map(
    ([name, inner]) => `<member><name>${escapeText(asXmlText(name))}</name>${writeValue(inner)}</member>`,
  );
  return `<struct>${members.join('')}</struct>`;
}

/** What has no place in 32 bits goes as a double, which is exact up to 2^53. */
function writeNumber(value: number): string {
  if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31)
    return `<int>${value === 0 ? 0 : value}</int>`;
  if (!Number.isFinite(value)) throw new TypeError(`XML-RPC cannot say ${value}`);
  return `<double>${plainDecimal(value)}</double>`;
}

/** The specification knows no exponent. */
function plainDecimal(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return Number.isInteger(value) ? `${text}.0` : text;
  const [, sign = '', first = '', rest = '', exponent = '0'] = match;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point) || '0'}`;
}
