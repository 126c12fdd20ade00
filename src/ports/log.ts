/** Where the server writes what its operator should know. Facts first, then one sentence, as pino has it. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
