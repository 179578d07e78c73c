/** How much of the GPUs a request is, for quotas and bills: a part of a card counts as that part. */
import { MIG_CARDS } from './mig-profiles.ts';
import { SHARED_SLICES, type GpuNode, type GpuRequest, type Resources } from './model.ts';
import type { GpuPolicy } from './policy.ts';

/**
 * GPUs of one node that a request comes to: a MIG instance by its memory slices, which always add up to the card. A
 * profile name that several models have counts as the largest part of them unless the model, or the part, is named.
 */
export function gpusOf(request: GpuRequest | null): number {
  if (request === null) return 0;
  if (request.kind === 'whole') return request.count;
  if (request.kind === 'shared') return request.slices / SHARED_SLICES;
  return request.count * (request.part ?? migPart(request.model, request.profile));
}

/** The part of a card that a MIG instance is; of any model: the largest. 0: no such model has it. */
function migPart(model: string | null, profileName: string): number {
  let part = 0;
  for (const card of MIG_CARDS.values()) {
    if (model !== null && card.model !== model) continue;
    for (const { name, memorySlices } of card.profiles)
      if (name === profileName) part = Math.max(part, memorySlices / card.memorySlices);
  }
  return part;
}

/**
 * A request for MIG instances of any model, weighed by the models that it has or can get instances of.
 * @param models one for each instance that it holds, which count as their mean; or those of which each may be the one
 */
export function weighMig(resources: Resources, models: readonly string[], isHeld: boolean): Resources {
  const { gpus } = resources;
  if (gpus?.kind !== 'mig' || gpus.model !== null) return resources;
  const parts = models.map((model) => migPart(model, gpus.profile)).filter((part) => part > 0);
  if (parts.length === 0) return resources;
  const part = isHeld ? parts.reduce((sum, one) => sum + one, 0) / parts.length : Math.max(...parts);
  return { ...resources, gpus: { ...gpus, part } };
}

/** Models of cards that give out MIG instances. */
export const migModelsOf = (nodes: readonly GpuNode[]): string[] =>
  nodes.flatMap(({ devices }) => devices.flatMap(({ mode, model }) => (mode === 'mig' ? [model] : [])));

/** GPUs of all its nodes together. */
export const allGpusOf = ({ nodes, gpus }: Resources): number => nodes * gpusOf(gpus);

/** What a second of a job is billed as: the sum of counts times weights (TRESBillingWeights), over all its nodes. */
export function billingRate({ nodes, cpus, memoryMib, gpus }: Resources, { billing }: GpuPolicy): number {
  const weight = priceOf(billing, gpus?.model ?? null);
  return nodes * (cpus * billing.cpu + (memoryMib / 1024) * billing.memoryGib + gpusOf(gpus) * weight);
}

/** The figure of a model in a table; null, any model, and those that are not named: that of the others. */
export const priceOf = (
  table: { readonly gpus: Readonly<Record<string, number>>; readonly otherGpu: number },
  model: string | null,
): number => (model !== null && Object.hasOwn(table.gpus, model) ? table.gpus[model]! : table.otherGpu);
