import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../ports/secrets.ts';

export const nodeSecrets: Secrets = {
  digest: (text) => hash('sha256', text),
  sign: (key, text) => createHmac('sha256', key).update(text).digest('hex'),
  same: (one, other) => {
    const left = Buffer.from(one);
    const right = Buffer.from(other);
    return left.length === right.length && timingSafeEqual(left, right);
  },
};
