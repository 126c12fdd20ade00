/** A value of XML-RPC. Structs are maps: a member may have any name. */
export type RpcValue = string | number | boolean | null | Uint8Array | RpcTime | RpcArray | RpcStruct;
export interface RpcArray extends ReadonlyArray<RpcValue> {}
export interface RpcStruct extends ReadonlyMap<string, RpcValue> {}

/** A dateTime.iso8601, which names no zone: kept as it is written. */
export class RpcTime {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export interface RpcCall {
  readonly method: string;
  readonly params: readonly RpcValue[];
}

export interface RpcFault {
  readonly code: number;
  readonly text: string;
}

export type RpcAnswer = { readonly value: RpcValue } | { readonly fault: RpcFault };

export function struct(members: Readonly<Record<string, RpcValue>>): RpcStruct {
  return new Map(Object.entries(members));
}

export function isArray(value: RpcValue | undefined): value is RpcArray {
  return Array.isArray(value);
}

export function isStruct(value: RpcValue | undefined): value is RpcStruct {
  return value instanceof Map;
}

/** The word that XML-RPC has for the type of a value. */
export function typeOf(value: RpcValue): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'double';
  if (value instanceof Uint8Array) return 'base64';
  if (value instanceof RpcTime) return 'dateTime.iso8601';
  return isArray(value) ? 'array' : 'struct';
}
