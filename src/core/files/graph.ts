/** Bounds of what is told of ties at one time. */
export const graphBounds = {
  nodes: 1_000,
  nodesMax: 10_000,
  edgesMax: 100_000,
  depth: 100,
  depthMax: 10_000,
  /** Those who read a file that nobody made. */
  readersMax: 100,
  sameContentMax: 20,
  inputsMax: 1_000,
  /** What the attempts behind one file read, together. */
  inputsTogetherMax: 20_000,
  /** Jobs whose inputs are looked at for one page of stale ones, and those that they rest on. */
  staleLooks: 1_000,
  staleKinMax: 50_000,
} as const;
