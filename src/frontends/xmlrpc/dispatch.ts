/** From a call to its answer: the table of methods, and the four that XML-RPC servers have of themselves. */
import { Fault, toldFault } from '../../core/faults.ts';
import type { Log } from '../../ports/log.ts';
import {
  isArray,
  isStruct,
  type RpcAnswer,
  type RpcCall,
  type RpcValue,
  struct,
} from '../../wire/xmlrpc/value.ts';
import { type CallCounts, unknownMethod } from './call-counts.ts';
import { rpcFaultOf } from './fault-codes.ts';
import { type CallContext, type Method, Params, signaturesOf, usage } from './method.ts';

const callsAtOnceMax = 100;

export type Dispatch = (context: CallContext, call: RpcCall) => Promise<RpcAnswer>;

export function createDispatch(
  own: readonly Method[],
  { log, counts }: { readonly log: Log; readonly counts: CallCounts },
): Dispatch {
  const methods = new Map<string, Method>();
  for (const method of [...own, ...systemMethods(methods, answer)]) methods.set(method.name, method);

  async function answer(context: CallContext, call: RpcCall): Promise<RpcAnswer> {
    const name = methods.has(call.method) ? call.method : unknownMethod;
    try {
      const method = methodNamed(methods, call.method);
      const value = await method.call(context, new Params(method, call.params));
      counts.called(name, 'answered');
      return { value };
    } catch (error) {
      const fault = toldFault(error);
      counts.called(name, fault.code);
      if (fault.code === 'internal')
        log.error({ err: error, method: call.method }, 'a call over XML-RPC failed');
      return { fault: rpcFaultOf(fault) };
    }
  }
  return answer;
}

function methodNamed(methods: ReadonlyMap<string, Method>, name: string): Method {
  const method = methods.get(name);
  if (method === undefined) throw new Fault('method_unknown', { found: name });
  return method;
}

function systemMethods(methods: ReadonlyMap<string, Method>, answer: Dispatch): readonly Method[] {
  const methodName = { name: 'method', types: ['string'] } as const;
  return [
    {
      name: 'system.listMethods',
      help: 'The names of all methods.',
      params: [],
      answers: 'array',
      call: async () => [...methods.keys()],
    },
    {
      name: 'system.methodHelp',
      help: 'What a method is for.',
      params: [methodName],
      answers: 'string',
      async call(_context, params) {
        const method = methodNamed(methods, params.text('method'));
        return `${usage(method)}: ${method.help}`;
      },
    },
    {
      name: 'system.methodSignature',
      help: 'Every way to call a method: an array of the type of its answer and those of its parameters, for each.',
      params: [methodName],
      answers: 'array',
      call: async (_context, params) =>
        signaturesOf(methodNamed(methods, params.text('method'))).map((signature) => [...signature]),
    },
    {
      name: 'system.multicall',
      help: `Calls several methods, one after another, at most ${callsAtOnceMax}: structs of methodName and params. Answers with an array of one value for each, or a struct of faultCode and faultString.`,
      params: [{ name: 'calls', types: ['array'] }],
      answers: 'array',
      async call(context, params) {
        const calls = params.array('calls');
        if (calls.length > callsAtOnceMax)
          throw new Fault('invalid_field', {
            field: 'calls',
            found: calls.length,
            expected: `at most ${callsAtOnceMax}`,
          });
        const answers: RpcValue[] = [];
        for (const [index, it] of calls.entries())
          answers.push(inMulticall(await answerOne(context, it, `calls[${index}]`, answer)));
        return answers;
      },
    },
  ];
}

async function answerOne(
  context: CallContext,
  it: RpcValue,
  field: string,
  answer: Dispatch,
): Promise<RpcAnswer> {
  const method = isStruct(it) ? it.get('methodName') : undefined;
  const params = isStruct(it) ? (it.get('params') ?? []) : undefined;
  const refused = (fault: Fault): RpcAnswer => ({ fault: rpcFaultOf(fault) });
  if (typeof method !== 'string' || !isArray(params))
    return refused(new Fault('invalid_field', { field, expected: 'a struct of methodName and params' }));
  if (method === 'system.multicall')
    return refused(
      new Fault('invalid_field', { field, found: method, expected: 'no multicall within another' }),
    );
  return answer(context, { method, params });
}

function inMulticall(answer: RpcAnswer): RpcValue {
  if ('value' in answer) return [answer.value];
  return struct({ faultCode: answer.fault.code, faultString: answer.fault.text });
}
