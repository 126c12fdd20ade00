/** The worker’s connection where LABKEEP_CA names a certificate to trust: it is trusted in the thread that loads this. */
import { trustAlso } from './connect.ts';

export { connect } from '../worker/client-connection.ts';

const { LABKEEP_CA } = process.env;
if (LABKEEP_CA !== undefined && LABKEEP_CA !== '') await trustAlso(LABKEEP_CA);
