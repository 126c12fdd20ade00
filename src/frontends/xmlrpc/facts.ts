import type { RegisterWorker } from '../../app/register-worker.ts';
import { Fault } from '../../core/faults.ts';
import { isArray, type RpcStruct, RpcTime, type RpcValue, typeOf } from '../../wire/xmlrpc/value.ts';

export interface Facts extends RegisterWorker {
  readonly tasks: readonly string[];
  readonly accept: readonly string[];
  /** Where the worker listens for `poll_now`; null if it does not. */
  readonly pollPort: number | null;
}

/** What a worker says of itself. Members that mean nothing here are its labels. */
export function readFacts(host: string, facts: RpcStruct): Facts {
  const {
    name,
    tasks,
    accept,
    capacity,
    poll_port: pollPort,
    account,
    instance,
    ...rest
  } = Object.fromEntries(facts);
  return {
    name: name === undefined ? host : text(name, 'facts.name'),
    host,
    account: account === undefined ? null : text(account, 'facts.account'),
    instance: instance === undefined ? null : text(instance, 'facts.instance'),
    // Who says nothing runs commands: a task without one needs a handler for it.
    tasks: tasks === undefined ? ['command'] : texts(tasks, 'facts.tasks'),
    accept: accept === undefined ? [] : texts(accept, 'facts.accept'),
    capacity: capacity === undefined ? 1 : integer(capacity, 'facts.capacity'),
    pollPort: pollPort === undefined ? null : portOf(pollPort),
    labels: Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, labelOf(value, `facts.${key}`)]),
    ),
  };
}

function portOf(value: RpcValue): number {
  const port = integer(value, 'facts.poll_port');
  if (port >= 1 && port <= 65_535) return port;
  throw new Fault('invalid_field', { field: 'facts.poll_port', found: port, expected: 'a port, 1 to 65535' });
}

function labelOf(value: RpcValue, field: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof RpcTime) return value.text;
  throw new Fault('invalid_field', { field, found: typeOf(value), expected: 'text, a number or a boolean' });
}

function text(value: RpcValue, field: string): string {
  if (typeof value === 'string') return value;
  throw new Fault('invalid_field', { field, found: typeOf(value), expected: 'string' });
}

function texts(value: RpcValue, field: string): readonly string[] {
  if (!isArray(value)) throw new Fault('invalid_field', { field, found: typeOf(value), expected: 'array' });
  return value.map((it, index) => text(it, `${field}[${index}]`));
}

function integer(value: RpcValue, field: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Fault('invalid_field', { field, found: typeOf(value), expected: 'int' });
}
