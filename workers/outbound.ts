/** What must be running before anything can leave at once: a sender per target that takes part 43. */
import type { Client } from '@temporalio/client';
import type { AtOnceSettings } from '../activities/at-once.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { OUTBOUND_LOOK } from '../contracts/outbound.ts';
import type { Config } from '../platform/config.ts';
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
  const target = targetOf(await loadTargets(outboundFile), 43)?.name;
  if (target === undefined) return;
  const workflowId = LIFECYCLES.outboundLive.workflowId(target);
  await startLifecycle(client, 'outboundLive', {
    workflowId,
    args: [{ target }],
    summary: `sends at once to ${target}`,
  });
  // A hint: it looks again by itself.
  await client.workflow
    .getHandle(workflowId)
    .signal(OUTBOUND_LOOK)
    .catch(() => undefined);
}
