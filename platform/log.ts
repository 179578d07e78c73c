/** Logs: one JSON object per line, an event name and structured ids, never prose with values inside. */
import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

export function createLogger(config: Pick<Config, 'TAIN_LOG_LEVEL'>, role: string): Logger {
  return pino({ level: config.TAIN_LOG_LEVEL, base: { role, pid: process.pid } });
}
