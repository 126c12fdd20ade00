/** No message of the contract is left out of these proofs: a new one that changes something needs a case. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nameOfRequest } from './http-messages.ts';

/** What need not be done once. */
const leftOut = {
  'POST /v1/login-codes': 'each call gives another code',
  'POST /task/status': 'a question',
};

test('every message that changes something is harmed in one of these files', () => {
  const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'));
  const writing = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => /^(post|put|patch|delete)$/.test(method))
      .map((method) => nameOfRequest(Buffer.from(`${method.toUpperCase()} ${path} HTTP/1.1\r\n`))),
  );
  const files = globSync(join(import.meta.dirname, '{*-messages.test,*-acts}.ts'));
  const harmed = files.map((file) => readFileSync(file, 'utf8')).join('');
  const missing = new Set(writing.filter((name) => !harmed.includes(`'${name}'`)));
  assert.deepEqual([...missing].sort(), Object.keys(leftOut).sort());
});
