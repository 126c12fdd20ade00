import assert from 'node:assert/strict';
import type { ServerLab } from './server-lab.ts';

/** The cookie that a browser has after it came with a code. */
export async function cookieOf(lab: ServerLab): Promise<string> {
  const { code } = lab.codes.give('ana');
  const answer = await lab.call('GET', `/?c=${code}`, { token: null });
  assert.equal(answer.status, 303);
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}
