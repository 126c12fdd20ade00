/** What a method is, and how its parameters are checked before it sees them. */
import type { Caller } from '../../app/caller.ts';
import { Fault } from '../../core/faults.ts';
import {
  isArray,
  isStruct,
  type RpcArray,
  type RpcStruct,
  type RpcValue,
  typeOf,
} from '../../wire/xmlrpc/value.ts';

export type TypeName = 'string' | 'int' | 'base64' | 'array' | 'struct' | 'boolean';

export interface Param {
  readonly name: string;
  readonly types: readonly TypeName[];
  readonly optional?: true;
}

/** Who calls, and from where. */
export interface CallContext {
  readonly caller: Caller;
  /** The address that the call came from; null where the connection is gone. */
  readonly peer: string | null;
}

export interface Method {
  readonly name: string;
  readonly help: string;
  readonly params: readonly Param[];
  readonly answers: TypeName;
  call(context: CallContext, params: Params): Promise<RpcValue>;
}

/** Parameters whose types were checked. */
export class Params {
  readonly #values: ReadonlyMap<string, RpcValue>;

  constructor(method: Method, values: readonly RpcValue[]) {
    const { params } = method;
    const least = params.filter(({ optional }) => optional !== true).length;
    if (values.length < least || values.length > params.length)
      throw new Fault('invalid_field', {
        field: 'params',
        found: values.length,
        expected: `${least === params.length ? least : `${least} to ${params.length}`}: ${usage(method)}`,
      });
    this.#values = new Map(values.map((value, index) => this.#check(params[index], value)));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string {
    const value = this.#values.get(name);
    if (typeof value !== 'string') throw new TypeError(`${name} is no text`);
    return value;
  }

  /** Bytes, or text as UTF-8. */
  bytes(name: string): Uint8Array {
    const value = this.#values.get(name);
    return value instanceof Uint8Array ? value : Buffer.from(this.text(name), 'utf8');
  }

  /** An integer, which may come as text: epochs outgrow 32 bits. */
  integer(name: string): number {
    return readInteger(this.#values.get(name), name);
  }

  struct(name: string): RpcStruct {
    const value = this.#values.get(name);
    if (!isStruct(value)) throw new TypeError(`${name} is no struct`);
    return value;
  }

  array(name: string): RpcArray {
    const value = this.#values.get(name);
    if (!isArray(value)) throw new TypeError(`${name} is no array`);
    return value;
  }

  #check(param: Param | undefined, value: RpcValue): readonly [string, RpcValue] {
    if (param === undefined) throw new TypeError('more values than parameters');
    const { name, types } = param;
    if (!types.some((type) => type === typeOf(value)))
      throw new Fault('invalid_field', { field: name, found: typeOf(value), expected: types.join(' or ') });
    return [name, value];
  }
}

export function readInteger(value: RpcValue | undefined, field: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^\d{1,16}$/.test(value)) return Number(value);
  throw new Fault('invalid_field', {
    field,
    found: value === undefined ? 'nothing' : typeof value === 'string' ? value : typeOf(value),
    expected: 'an integer, or one as text',
  });
}

/** `scire.confirm(client, job, epoch)` */
export function usage({ name, params }: Pick<Method, 'name' | 'params'>): string {
  return `${name}(${params.map((param) => (param.optional === true ? `[${param.name}]` : param.name)).join(', ')})`;
}

/** Every way to call it: the type of the answer, then those of the parameters. */
export function signaturesOf({ answers, params }: Method): readonly (readonly TypeName[])[] {
  const found: (readonly TypeName[])[] = [];
  let begun: (readonly TypeName[])[] = [[answers]];
  for (const { types, optional } of params) {
    if (optional === true) found.push(...begun);
    begun = begun.flatMap((before) => types.map((type) => [...before, type]));
  }
  return [...found, ...begun];
}
