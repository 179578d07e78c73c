/** The GPU file, taken when the batch role starts. */
import { TainError } from '../contracts/errors.ts';
import { applyInventory } from '../db/gpu-inventory.ts';
import type { Config } from '../platform/config.ts';
import { loadGpuInventory } from '../platform/gpu-config.ts';
import type { Logger } from '../platform/log.ts';
import type { Sql } from '../platform/postgres.ts';

/** Safe to repeat. A file that cannot be used changes nothing, and is in the way of no swap: it is logged. */
export async function openGpuInventory(
  config: Pick<Config, 'TAIN_GPU_FILE' | 'TAIN_KUBERNETES_FILE'>,
  sql: Sql,
  log?: Logger,
): Promise<void> {
  if (config.TAIN_GPU_FILE === undefined) return;
  try {
    const hasCluster = config.TAIN_KUBERNETES_FILE !== undefined;
    await applyInventory(sql, await loadGpuInventory(config.TAIN_GPU_FILE, hasCluster));
  } catch (error) {
    if (!(error instanceof TainError)) throw error;
    log?.error({ err: error }, 'gpu.file');
  }
}
