import type { OutputAnswer, OutputChunk } from '../ports/records/workers.ts';
import { allow, refuseAttempts } from './access.ts';
import type { Caller } from './caller.ts';
import type { World } from './world.ts';

export interface AppendOutput {
  readonly attempt: string;
  readonly epoch: number;
  readonly chunks: readonly OutputChunk[];
}

export function appendOutput({ storage }: World) {
  return async (caller: Caller, request: AppendOutput): Promise<OutputAnswer> => {
    refuseAttempts(caller.principal, 'write its log');
    allow(caller.principal, 'work', null);
    return storage.appendOutput({ principal: caller.principal.name, ...request });
  };
}
