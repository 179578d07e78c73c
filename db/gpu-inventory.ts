/** Bringing the database in line with the GPU file. */
import type { Sql } from 'postgres';
import { BY_GPU_FILE } from '../contracts/audit.ts';
import type { GpuInventory } from '../contracts/gpu.ts';
import { appendAudit } from './audit.ts';
import { registerDevice, registerNode, setInstances } from './gpu-nodes.ts';
import { addRates, setPolicy } from './gpu-policy.ts';
import { lastGpuPosition, lockGpu } from './gpu-position.ts';

/**
 * Registers what is new, changes what is different, adds prices, sets the policy: all of it or nothing. What is not named
 * stays as it is. Safe to repeat and to race: what is the same is no change.
 * @returns whether anything changed
 * @throws TainError gpu.device-held, gpu.device-unfit
 */
export async function applyInventory(sql: Sql, inventory: GpuInventory): Promise<boolean> {
  return sql.begin(async (tx) => {
    await lockGpu(tx);
    const before = await lastGpuPosition(tx);
    for (const { model, memoryGb, tdpWatts, idleWatts } of inventory.models)
      await tx`
        insert into gpu_models (model, memory_gb, tdp_watts, idle_watts)
        values (${model}, ${memoryGb}, ${tdpWatts}, ${idleWatts})
        on conflict (model) do update set
          memory_gb = excluded.memory_gb, tdp_watts = excluded.tdp_watts, idle_watts = excluded.idle_watts`;
    for (const { devices, ...node } of inventory.nodes) {
      await registerNode(tx, BY_GPU_FILE, node);
      for (const { instances, ...device } of devices) {
        await registerDevice(tx, BY_GPU_FILE, node.node, device);
        await setInstances(tx, BY_GPU_FILE, device.device, instances);
      }
    }
    const prices = await addRates(tx, BY_GPU_FILE, inventory.rates, inventory.siteRates);
    const hasPolicy = await setPolicy(tx, BY_GPU_FILE, inventory.policy, 'the GPU file');
    const after = await lastGpuPosition(tx);
    if (after === before && prices === 0 && !hasPolicy) return false;
    const nodes = inventory.nodes.map(({ node, devices }) => ({ node, gpus: devices.length }));
    await appendAudit(tx, {
      ...BY_GPU_FILE,
      action: 'gpu.configured',
      subject: 'gpu',
      after: { nodes, prices },
    });
    return true;
  });
}
