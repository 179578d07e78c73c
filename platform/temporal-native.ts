/** The connection of worker processes. By itself: it loads a good deal that nobody else needs. */
import { NativeConnection } from '@temporalio/worker';
import { connectionOptions, type TemporalConfig } from './temporal.ts';

export const connectTemporalNative = async (config: TemporalConfig): Promise<NativeConnection> =>
  NativeConnection.connect(await connectionOptions(config));
