/** Of 1, 2, 5, 10, 20, 50, … and their decimal fractions, the one nearest to a positive value. */
export function roundNumber(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  const candidates = [1, 2, 5, 10].map((digit) => Number(`${digit}e${exponent}`));
  return candidates.reduce((best, each) => (Math.abs(each - value) < Math.abs(best - value) ? each : best));
}
