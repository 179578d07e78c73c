/** Lets what leaves go to the demonstration's own repository: never where somebody has named targets of their own. */
import path from 'node:path';
import type { Sql } from '../platform/postgres.ts';
import { whyNoDemo } from './load-day.ts';
import { writeDemoSettings } from './write-settings.ts';

/** Name of the target. */
export const DEMO_REPOSITORY = 'demo-repository';

/** Why the demonstration's repository stays away; null when it does not. */
export async function whyNoDemoRepository(
  sql: Sql,
  request: {
    readonly isExternalDatabase: boolean;
    /** TAIN_OUTBOUND_FILE, as somebody has set it. */
    readonly outboundFile: string | undefined;
  },
): Promise<string | null> {
  if (request.outboundFile !== undefined) return 'TAIN_OUTBOUND_FILE names targets of your own';
  return whyNoDemo(sql, request.isExternalDatabase);
}

/** Where the demonstration's outbound file is, and where its repository keeps what came. */
export const demoRepositoryFiles = (stateDir: string) => ({
  settings: path.join(stateDir, 'demo', 'outbound.json'),
  state: path.join(stateDir, 'demo', 'repository.ndjson'),
});

/** Writes the outbound file of the demonstration: all parts go to its repository. */
export async function writeDemoOutbound(file: string, port: number): Promise<void> {
  const target = {
    name: DEMO_REPOSITORY,
    kind: 'tcp-session',
    host: '127.0.0.1',
    port,
    user: 'tain',
    parts: [45, 43],
  };
  await writeDemoSettings(file, { targets: [target] });
}
