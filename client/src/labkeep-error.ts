import type { Answered } from './exchange.ts';

/** What a server says when it refuses: the fields of its problem document. */
export interface Refusal {
  readonly code: string;
  readonly status: number | null;
  readonly detail: string;
  readonly field: string | null;
  readonly found: unknown;
  readonly expected: string | null;
  readonly advice: string | null;
  readonly retryAfterMs: number | null;
  /** Of a selection: the first character, from 1, of what is wrong, and how many are. */
  readonly position: number | null;
  readonly length: number | null;
  /** Of locks: those in the way. */
  readonly holders: readonly unknown[];
}

/**
 * A call that was refused, or that no server answered (`server_away`, status null). Decide by `code`; docs/errors.md
 * lists them.
 */
export class LabkeepError extends Error implements Refusal {
  readonly code: string;
  readonly status: number | null;
  readonly detail: string;
  readonly field: string | null;
  readonly found: unknown;
  readonly expected: string | null;
  readonly advice: string | null;
  readonly retryAfterMs: number | null;
  readonly position: number | null;
  readonly length: number | null;
  readonly holders: readonly unknown[];

  constructor(refusal: Pick<Refusal, 'code' | 'detail'> & Partial<Refusal>, cause?: unknown) {
    super(refusal.detail, cause === undefined ? undefined : { cause });
    this.name = 'LabkeepError';
    this.code = refusal.code;
    this.detail = refusal.detail;
    this.status = refusal.status ?? null;
    this.field = refusal.field ?? null;
    this.found = refusal.found;
    this.expected = refusal.expected ?? null;
    this.advice = refusal.advice ?? null;
    this.retryAfterMs = refusal.retryAfterMs ?? null;
    this.position = refusal.position ?? null;
    this.length = refusal.length ?? null;
    this.holders = refusal.holders ?? [];
  }
}

/** Reads the answer of a refused request; what is no problem document (a proxy’s page) becomes one. */
export async function readRefusal(response: Answered): Promise<LabkeepError> {
  const problem = problemOf(await response.text().catch(() => ''));
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new LabkeepError({
    code: textOf(problem.code) ?? `http_${response.status}`,
    status: response.status,
    detail: textOf(problem.detail) ?? `the server answered ${response.status} ${response.statusText}`.trim(),
    field: textOf(problem.field),
    found: problem.found,
    expected: textOf(problem.expected),
    advice: textOf(problem.advice),
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1_000 : null,
    position: numberOf(problem.position),
    length: numberOf(problem.length),
    holders: Array.isArray(problem.holders) ? problem.holders : [],
  });
}

function problemOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  } catch {
    // Not JSON: the status says all there is.
    return {};
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
