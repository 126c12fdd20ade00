import { checkTask } from '../../core/tasks/definition.ts';

export const postgresRun = checkTask({
  name: 'postgres.run',
  title: 'SQL files on a PostgreSQL',
  description:
    'Runs SQL files in their order in a database of kind postgres, in one transaction or one for each file. Whoever has lost the lock cannot commit.',
  parameters: {
    properties: {
      database: {
        type: 'string',
        minLength: 1,
        description: 'Its name in the catalogue; with a schema, such as chado/curation, that alone is locked',
      },
      files: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        minItems: 1,
        maxItems: 1_000,
        description: 'In this order; from the folder of the job, where they are not whole paths',
      },
      transaction: {
        type: 'string',
        enum: ['one', 'file'],
        default: 'one',
        description: 'one: all or nothing; file: those before one that fails stay',
      },
      mode: {
        type: 'string',
        enum: ['exclusive', 'shared'],
        default: 'exclusive',
        description: 'shared: beside others, and nothing can be written',
      },
    },
    required: ['database', 'files'],
  },
  locks: ['{database}:{mode}'],
});
