import { keepMax } from '../../core/catalogue/releases.ts';
import { checkTask } from '../../core/tasks/definition.ts';

export const filesPublish = checkTask({
  name: 'files.publish',
  title: 'A release of files',
  description:
    'Publishes a directory as a release of a database of kind files: verified, switched at once, nothing taken from readers. For managers; the worker sees both folders.',
  parameters: {
    properties: {
      database: { type: 'string', pattern: '^[^/@]+$', description: 'Its name in the catalogue' },
      release: { type: 'string', minLength: 1, description: 'What the release is called; given once' },
      directory: {
        type: 'string',
        minLength: 1,
        description: 'What is published; from the folder of the job, where it is not a whole path',
      },
      keep: {
        type: 'integer',
        minimum: 1,
        maximum: keepMax,
        description: 'How many releases are kept from now on; without it, as before',
      },
      move: {
        type: 'boolean',
        default: false,
        description: 'Move the directory where it lies on the same file system, and copy nothing',
      },
    },
    required: ['database', 'release', 'directory'],
  },
  locks: ['{database}/build:exclusive'],
});
