import { exitCodes } from '../../src/core/exit-codes.ts';
import { faultTable } from '../../src/core/faults.ts';

/** docs/exit-codes.md: what a command exits with, and which faults lead to which. */
export function exitCodesPage(): string {
  const rows = exitCodes.map(({ code, word, meaning }) => `| ${code} | ${word} | ${meaning} |`);
  const faults = exitCodes
    .filter(({ code }) => code > 0)
    .map(({ code, word }) => `* ${code}, ${word}: ${faultsOf(code).join(', ')}`);
  return `# Exit codes

Every command ends with one of these, so a script can decide without reading text:

| code | name | meaning |
| --- | --- | --- |
${rows.join('\n')}

\`labkeep run\` and \`labkeep lock run\` are the exception: once their command has started, they end as that ended, with the
same code or by the same signal (126 or 127 if it could not be started). Of \`labkeep lock run\`, 5 says that the lock was not
to be had, or was lost and the command ended: what stands on stderr tells that from a 5 of the command’s own. A command that is asked to stop twice (Ctrl-C, Ctrl-C) ends at once, with 130.

Of several jobs that are acted on, each is tried; the exit code is that of the first that was refused.

## Which error leads to which

With \`--json\` an error is a problem document on stderr, whose \`code\` is one of these. What each means, and what to
do, is in docs/errors.md.

${faults.join('\n')}
`;
}

function faultsOf(exit: number): readonly string[] {
  return Object.entries(faultTable)
    .filter(([, row]) => row.exit === exit)
    .map(([code]) => `\`${code}\``);
}
