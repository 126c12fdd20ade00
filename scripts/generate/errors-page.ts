import { faultTable } from '../../src/core/faults.ts';

/** docs/errors.md: the table of faults for people. */
export function errorsPage(): string {
  const rows = Object.entries(faultTable).map(
    ([code, { status, exit, meaning, advice }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${status ?? '–'} | ${exit} | ${meaning} | ${advice} |`,
  );
  return `# Errors

Every refusal of Labkeep, by any front-end, is one of these. Decide by the code, never by the text. Over HTTP they come
as problem details (RFC 9457); the command line ends with the exit code. A dash: it can only arise before a server
answers. This page is made from \`src/core/faults.ts\` (\`npm run generate\`).

| code | HTTP status | exit code | meaning | what to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

What the exit codes mean is in [exit codes](exit-codes.md).
`;
}
