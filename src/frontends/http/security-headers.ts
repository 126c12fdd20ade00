import type { FastifyReply } from 'fastify';

/** On every answer: what it is must not be guessed, and no page of another origin may take it in. */
export function setCommonHeaders(reply: FastifyReply): void {
  void reply.headers({
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
}

/** On pages: no script, no frame, nothing from elsewhere. */
export function setPageHeaders(reply: FastifyReply): void {
  void reply.headers({
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
  });
}
