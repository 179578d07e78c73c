/** What must be running before anything can leave at once: a sender per target that takes part 43. */
import type { Client } from '@temporalio/client';
import type { AtOnceSettings } from '../activities/at-once.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { OUTBOUND_LOOK } from '../contracts/outbound.ts';
import type { Config } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import { loadTargets, targetOf } from '../platform/outbound-config.ts';
import { startLifecycle } from '../platform/temporal.ts';

export const atOnceSettings = (config: Config): AtOnceSettings => ({
  outboundFile: config.TAIN_OUTBOUND_FILE,
  tableDir: config.TAIN_TABLE_DIR,
  submitter: config.TAIN_SUBMITTER_LEI,
  limitMs: config.TAIN_AT_ONCE_LIMIT_MS,
});

/**
 * Starts the sender of the target that takes part 43. Safe to repeat: one that runs is told to look again; one of a
 * target that takes it no longer ends by itself.
 * @throws TainError outbound.invalid, outbound.unreadable
 */
export async function openOutbound(client: Client, outboundFile: string | undefined): Promise<void> {
  const workflowId = await startSender(client, outboundFile);
  if (workflowId === null) return;
  // A hint: it looks again by itself.
  await client.workflow
    .getHandle(workflowId)
    .signal(OUTBOUND_LOOK)
    .catch(() => undefined);
}

/** @returns the id of its workflow; null without a target */
async function startSender(client: Client, outboundFile: string | undefined): Promise<string | null> {
  const target = targetOf(await loadTargets(outboundFile), 43)?.name;
  if (target === undefined) return null;
  const workflowId = LIFECYCLES.outboundLive.workflowId(target);
  await startLifecycle(client, 'outboundLive', {
    workflowId,
    args: [{ target }],
    summary: `sends at once to ${target}`,
  });
  return workflowId;
}

/** How often is looked whether the sender runs: somebody may have ended its workflow. */
const WATCH_MS = 60_000;

/** Starts the sender again and again, in case it was ended. A file that cannot be used changes nothing. */
export function watchOutbound(
  client: Client,
  outboundFile: string | undefined,
  log: Pick<Logger, 'warn'>,
  everyMs = WATCH_MS,
): NodeJS.Timeout {
  const look = (): void =>
    void startSender(client, outboundFile).catch((error: unknown) =>
      log.warn({ err: error }, 'outbound.watch'),
    );
  return setInterval(look, everyMs).unref();
}
