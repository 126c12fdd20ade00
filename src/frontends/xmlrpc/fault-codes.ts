/** What XML-RPC says of a refusal: a number for each code that its methods know. Numbers are never given twice. */
import { asSentence, type Fault, type FaultCode } from '../../core/faults.ts';
import type { RpcFault } from '../../wire/xmlrpc/value.ts';

/** Those below zero are as most of the servers of XML-RPC have them. */
export const faultNumbers = {
  malformed_xml: -32700,
  xml_encoding: -32701,
  call_invalid: -32600,
  method_unknown: -32601,
  invalid_field: -32602,
  internal: -32603,
  unauthenticated: 1,
  token_expired: 2,
  token_revoked: 3,
  forbidden: 4,
  worker_unknown: 5,
  project_unknown: 6,
  job_unknown: 7,
  attempt_unknown: 8,
  epoch_stale: 9,
  incarnation_stale: 10,
  state_conflict: 11,
  status_invalid: 12,
  too_deep: 13,
  too_large: 14,
  unsupported_media_type: 15,
  method_not_allowed: 16,
  route_unknown: 17,
  worker_name_taken: 18,
  too_many_requests: 20,
  stopping: 21,
  storage_full: 22,
  storage_unavailable: 23,
  storage_newer: 24,
  storage_busy: 25,
} as const satisfies Partial<Record<FaultCode, number>>;

/** Of any code that is not in the table. */
export const otherFault = 99;

/** Begins with the code, which is as stable as the number. */
export function rpcFaultOf(fault: Fault): RpcFault {
  return {
    code: numberOf(fault.code),
    text: `${fault.code}: ${asSentence(fault.message)} ${fault.advice}`,
  };
}

function numberOf(code: FaultCode): number {
  const known: Partial<Record<FaultCode, number>> = faultNumbers;
  return known[code] ?? otherFault;
}

/** Refusals that HTTP itself has a word for; all others are answers like any other. */
const httpStatuses: Partial<Record<FaultCode, number>> = {
  unauthenticated: 401,
  token_expired: 401,
  token_revoked: 401,
  route_unknown: 404,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  too_many_requests: 503,
  stopping: 503,
};

export function httpStatusOf(code: FaultCode): number {
  return httpStatuses[code] ?? 200;
}
