import { Fault } from '../core/faults.ts';
import { isLoopback, type ListenAddress } from './listen-address.ts';

/** Where XML-RPC listens. Without TLS only in plain text, which is for loopback addresses, and has to be asked for. */
export interface XmlRpcWish {
  readonly listen: ListenAddress;
  readonly plaintext: boolean;
}

export function checkXmlRpc({ listen: { host }, plaintext }: XmlRpcWish, hasTls: boolean): void {
  if (plaintext && !isLoopback(host))
    throw new Fault('tls_required', { detail: `--plaintext is for loopback addresses, and ${host} is none` });
  if (plaintext || hasTls) return;
  throw new Fault('tls_required', {
    detail: `XML-RPC speaks TLS${isLoopback(host) ? '; --plaintext lets it do without on this machine' : ''}`,
  });
}
