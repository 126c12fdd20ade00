import Type, { type Static } from 'typebox';
import { workerBounds } from '../../../app/register-worker.ts';
import { runBounds } from '../../../core/jobs/record.ts';
import { taskBounds } from '../../../core/tasks/definition.ts';
import { protocol } from './claims.ts';
import { closed, listOf, name, nullable, oneOf, texts, time } from './common.ts';
import { NewTask } from './tasks.ts';

const tasks = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: workerBounds.tasks,
  description: '`command` stands for any command; empty, or `*`, for everything',
});
const capacity = Type.Integer({ minimum: 0, maximum: workerBounds.capacity });
const accept = Type.Array(name, {
  maxItems: workerBounds.accept,
  description: 'Principals, besides its own, whose jobs it runs',
});

export const NewWorker = Type.Object(
  {
    protocol,
    name,
    labels: Type.Optional(texts),
    tasks: Type.Optional(tasks),
    capacity: Type.Optional(capacity),
    accept: Type.Optional(accept),
    host: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: runBounds.hostLength }), 'The machine it runs on'),
    ),
    account: Type.Optional(
      nullable(
        Type.String({ minLength: 1, maxLength: runBounds.accountLength }),
        'Whose processes run there',
      ),
    ),
    instance: Type.Optional(
      nullable(name, 'Which of those of one name it is: another is refused while this one is at work'),
    ),
    declares: Type.Optional(
      Type.Array(NewTask, {
        maxItems: taskBounds.tasks,
        description: 'What tasks are that it has handlers for',
      }),
    ),
  },
  { ...closed, 'x-name': 'NewWorker' },
);

export const Registration = Type.Object(
  {
    worker: Type.String(),
    leaseMs: Type.Integer(),
    epoch: Type.Integer({ description: 'No epoch above this one has been given yet' }),
  },
  { ...closed, 'x-name': 'Registration' },
);

export const Worker = Type.Object(
  {
    worker: Type.String(),
    name: Type.String(),
    principal: Type.String(),
    labels: texts,
    tasks: Type.Array(Type.String()),
    capacity: Type.Integer(),
    accept: Type.Array(Type.String()),
    host: nullable(Type.String()),
    account: nullable(Type.String()),
    state: oneOf(['connected', 'lost']),
    registeredAt: time,
    leaseEndsAt: time,
    holding: Type.Integer({ description: 'Attempts in its hands' }),
  },
  { ...closed, 'x-name': 'Worker' },
);
export type Worker = Static<typeof Worker>;

export const WorkerList = listOf(Worker, 'WorkerList');
