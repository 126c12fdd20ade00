/** The program `labkeep`: nothing is loaded here, and only what a command needs thereafter. */
const words = process.argv.slice(2);
const [first, second] = words;

if (words.length === 1 && (first === '--version' || first === '-V')) {
  const { version } = await import('./version.ts');
  process.stdout.write(`${version}\n`);
} else if (first === 'run' && second !== '--help' && second !== '-h') {
  // It stands before every command of a scientist’s day, so it goes without what the others need.
  const { main } = await import('../recorder/main.ts');
  await main(words.slice(1), [process.execPath, ...process.execArgv, import.meta.filename]);
} else if (first === 'complete') {
  const { complete } = await import('./completion/complete.ts');
  const { worldHere } = await import('./world.ts');
  await complete(worldHere(), words.slice(1));
} else {
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(words);
}
