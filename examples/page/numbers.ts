const grouped = new Intl.NumberFormat('en-US');

/** 9609 as `9,609`. */
export function withCommas(value: number): string {
  return grouped.format(value);
}

/** A minus sign as wide as a plus. */
export function withMinus(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '\u2212');
}
