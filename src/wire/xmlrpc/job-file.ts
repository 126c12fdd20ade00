/** The file of one job, as a worker over XML-RPC gets it; docs/protocols/xmlrpc.md describes it. */
import { element, textElement } from '../xml/xml-text.ts';

export interface JobFile {
  /** The reference. */
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  readonly priority: number;
  /** RFC 3339. */
  readonly created: string;
  /** To be confirmed within so many seconds. */
  readonly offerSeconds: number;
  readonly onLost: string;
  readonly owner: string;
  readonly task: string | null;
  readonly title: string | null;
  readonly command: readonly string[] | null;
  readonly stdin: string | null;
  readonly directory: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly parameters: unknown;
  readonly inputs: readonly FileOfJob[];
  readonly outputs: readonly FileOfJob[];
  readonly attemptSeconds: number | null;
  readonly databases: readonly {
    readonly path: string;
    readonly mode: string;
    readonly release: string | null;
    readonly directory: string | null;
  }[];
  readonly token: string;
}

interface FileOfJob {
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
}

export function writeJobFile(job: JobFile): string {
  const parts = [
    job.title === null ? '' : textElement('title', {}, job.title),
    job.command === null
      ? ''
      : element('command', {}, job.command.map((argument) => textElement('argument', {}, argument)).join('')),
    job.stdin === null ? '' : textElement('stdin', {}, job.stdin),
    job.directory === null ? '' : textElement('directory', {}, job.directory),
    ...Object.entries(job.environment).map(([name, value]) => textElement('variable', { name }, value)),
    job.parameters === null || job.parameters === undefined
      ? ''
      : textElement('parameters', {}, JSON.stringify(job.parameters)),
    ...job.inputs.map((file) => writeFile('input', file)),
    ...job.outputs.map((file) => writeFile('output', file)),
    ...job.databases.map((database) => element('database', { ...database })),
    textElement('token', {}, job.token),
  ];
  const lines = parts.filter((part) => part !== '').map((part) => `  ${part}\n`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(
    'job',
    {
      id: job.id,
      epoch: job.epoch,
      attempt: job.attempt,
      priority: job.priority,
      created: job.created,
      'confirm-within': job.offerSeconds,
      'time-limit': job.attemptSeconds,
      'on-lost': job.onLost,
      owner: job.owner,
      task: job.task,
    },
    `\n${lines.join('')}`,
  )}\n`;
}

function writeFile(name: string, { path, size, sha256 }: FileOfJob): string {
  return textElement(name, { size, sha256 }, path);
}
