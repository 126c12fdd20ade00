/** In the environment of the command: the key of its run, by which programs within it are known to be of it. */
export const runVariable = 'LABKEEP_RUN';
