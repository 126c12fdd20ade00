/**
 * The example project: seven jobs that take a plasmid record to a report.
 * The fifth fails on a misspelt enzyme, as it would in life; the sixth is its rerun with the right name.
 */
export const exampleProject = {
  name: 'ppcp1',
  title: 'Yersinia pestis plasmid pPCP1, 9,609 bp',
} as const;

export type ExampleProgram =
  | 'extract-cds'
  | 'translate'
  | 'composition'
  | 'codon-usage'
  | 'restriction'
  | 'report';

export interface ExampleJob {
  readonly task: ExampleProgram;
  readonly title: string;
  readonly command: readonly string[];
  /** Jobs of this list, counted from 0, which must have ended so before this one starts. */
  readonly after?: readonly { readonly job: number; readonly on: 'success' }[];
  /** The job of this list, counted from 0, of which this one is the rerun with a changed command. */
  readonly rerunOf?: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly expected: 'succeeded' | 'failed';
}

export interface ExampleParams {
  /** The words of a command line that start a program, to which its arguments are added. */
  readonly programs: (name: ExampleProgram) => readonly string[];
  /** The GenBank file, as seen from the project's directory, where all jobs run. */
  readonly record: string;
}

export const exampleJobs = ({ programs, record }: ExampleParams): readonly ExampleJob[] => [
  {
    task: 'extract-cds',
    title: 'Coding sequences of the plasmid',
    command: [...programs('extract-cds'), record],
    inputs: [record],
    outputs: ['cds.fasta'],
    expected: 'succeeded',
  },
  {
    task: 'translate',
    title: 'Proteins, genetic code 11',
    command: [...programs('translate'), 'cds.fasta'],
    after: [{ job: 0, on: 'success' }],
    inputs: ['cds.fasta'],
    outputs: ['proteins.fasta'],
    expected: 'succeeded',
  },
  {
    task: 'composition',
    title: 'Base composition and GC skew',
    command: [...programs('composition'), record],
    inputs: [record],
    outputs: ['gc-skew.svg', 'composition.json'],
    expected: 'succeeded',
  },
  {
    task: 'codon-usage',
    title: 'Codon usage of the coding sequences',
    command: [...programs('codon-usage'), 'cds.fasta'],
    after: [{ job: 0, on: 'success' }],
    inputs: ['cds.fasta'],
    outputs: ['codon-usage.tsv'],
    expected: 'succeeded',
  },
  {
    task: 'restriction',
    title: 'Digest with EcoR1',
    command: [...programs('restriction'), record, '--enzyme', 'EcoR1'],
    inputs: [record],
    outputs: ['restriction.tsv'],
    expected: 'failed',
  },
  {
    task: 'restriction',
    title: 'Digest with EcoRI',
    command: [...programs('restriction'), record, '--enzyme', 'EcoRI'],
    rerunOf: 4,
    inputs: [record],
    outputs: ['restriction.tsv'],
    expected: 'succeeded',
  },
  {
    task: 'report',
    title: 'Report of the plasmid',
    command: [
      ...programs('report'),
      'proteins.fasta',
      'composition.json',
      'gc-skew.svg',
      'codon-usage.tsv',
      'restriction.tsv',
    ],
    after: [
      { job: 1, on: 'success' },
      { job: 2, on: 'success' },
      { job: 3, on: 'success' },
      { job: 5, on: 'success' },
    ],
    inputs: ['proteins.fasta', 'composition.json', 'gc-skew.svg', 'codon-usage.tsv', 'restriction.tsv'],
    outputs: ['report.html'],
    expected: 'succeeded',
  },
];
