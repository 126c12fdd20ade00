import type { CallOptions } from './options.ts';
import type { Transport } from './transport.ts';
import type {
  ConfirmAnswer,
  ConfirmRequest,
  FinishAnswer,
  FinishRequest,
  OutputAnswer,
  OutputRequest,
  RenewAnswer,
  RenewRequest,
} from './types.ts';

/** The verbs of a worker; each may be repeated until its answer arrives. */
export class Attempts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  confirm(request: ConfirmRequest, options?: CallOptions): Promise<ConfirmAnswer> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/attempts/confirm',
      body: request,
      repeat: 'safe',
      options,
    });
  }

  renew(request: RenewRequest, options?: CallOptions): Promise<RenewAnswer> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/attempts/renew',
      body: request,
      repeat: 'safe',
      options,
    });
  }

  output(request: OutputRequest, options?: CallOptions): Promise<OutputAnswer> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/attempts/output',
      body: request,
      repeat: 'safe',
      options,
    });
  }

  finish(request: FinishRequest, options?: CallOptions): Promise<FinishAnswer> {
    return this.#transport.json({
      method: 'POST',
      path: '/v1/attempts/finish',
      body: request,
      repeat: 'safe',
      options,
    });
  }
}
