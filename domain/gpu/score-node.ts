/** Which of several nodes with room at the same time is taken: the lowest score. Filtering has been done before. */
import type { GpuNode, Job } from './model.ts';
import type { NodeNeed } from './node-need.ts';
import type { GpuPolicy } from './policy.ts';
import type { Timeline } from './timeline.ts';

/** Dearer by a currency unit an hour counts as much as this share of a node being free. */
const UNIT_OF_PRICE = 100;
/** More than all else together. */
const LAST = 1e9;

/**
 * Last are nodes that just refused a run. First is what the node wastes on the job (dear GPUs where any model does, GPUs where
 * none is needed), then how full it is: pack takes the fullest, so that whole nodes stay free for those that need them; spread the emptiest.
 * @param prices of an hour of each of its devices
 */
export function scoreNode(
  node: GpuNode,
  line: Timeline,
  need: NodeNeed,
  prices: readonly number[],
  { order }: GpuPolicy['placement'],
): number {
  let dearest = 0;
  for (let at = 0; at < prices.length; at += 1)
    if ((need.kind === 'none' || (need.candidates >> at) & 1) && prices[at]! > dearest) dearest = prices[at]!;
  const free = freePart(node, line);
  return (node.hadNoRoom ? LAST : 0) + dearest / UNIT_OF_PRICE + (order === 'pack' ? free : -free);
}

/** Part of the node that is free now: of its devices, or of its processors where it has none. */
function freePart(node: GpuNode, line: Timeline): number {
  const { devices } = node;
  if (devices.length === 0) return line.allCpus > 0 ? line.cpus[0]! / line.allCpus : 0;
  let free = 0;
  for (let at = 0; at < devices.length; at += 1) if (line.taken[at] === 0) free += 1;
  return free / devices.length;
}

/** Does the node have the job's data or checkpoint? Such a node goes before all others with room at the same time. */
export const isNear = (node: GpuNode, job: Job): boolean => job.nearNodes.includes(node.name);
