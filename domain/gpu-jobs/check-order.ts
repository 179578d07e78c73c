/** Whether a job can run at all: what is never possible is refused at once, what only lacks room now waits. */
import { TainError } from '../../contracts/errors.ts';
import type { Capacity, Resources } from '../gpu/model.ts';
import { asIfFree, needOf } from '../gpu/node-need.ts';
import { quotasOf, type GpuPolicy } from '../gpu/policy.ts';
import { allGpusOf, migModelsOf, weighMig } from '../gpu/weigh-request.ts';

export type OrderFacts = {
  readonly user: string;
  readonly team: string;
  readonly qos: string;
  readonly resources: Resources;
};

/**
 * Holds an order against nodes and quotas as if nothing ran, and every card were healthy.
 * @throws TainError gpu.order-invalid, naming field, value and rule
 */
export function checkOrder(
  { user, team, qos, resources }: OrderFacts,
  { nodes }: Capacity,
  policy: GpuPolicy,
): void {
  if (!Object.hasOwn(policy.qos, qos)) refuse('qos', qos, 'qos', Object.keys(policy.qos).join(', '));
  const { cpus, memoryMib, gpus } = resources;
  const model = gpus?.model ?? null;
  const models = [...new Set(nodes.flatMap(({ devices }) => devices.map((device) => device.model)))].sort();
  if (model !== null && !models.includes(model))
    refuse('resources.model', model, 'model', models.join(', ') || '-');

  const count = (fits: (node: (typeof nodes)[number]) => boolean): number => nodes.filter(fits).length;
  const hasGpus = ({ devices }: (typeof nodes)[number]): boolean =>
    needOf(devices.map(asIfFree), resources) !== null;
  const wanted = resources.nodes;
  if (count(hasGpus) < wanted) refuse(...sizeOf(resources), 'impossible');
  if (count((node) => hasGpus(node) && node.cpus >= cpus) < wanted)
    refuse('resources.cpus', cpus, 'impossible');
  if (count((node) => hasGpus(node) && node.cpus >= cpus && node.memoryMib >= memoryMib) < wanted)
    refuse('resources.memoryMib', memoryMib, 'impossible');

  const all = allGpusOf(weighMig(resources, migModelsOf(nodes), false));
  for (const { limit } of quotasOf(policy, { team, user }))
    if (all > limit) refuse(...sizeOf(resources), 'quota', limit);
}

/** The field that says how much of GPUs is asked for, and its value. */
function sizeOf({ gpus }: Resources): [field: string, value: string | number] {
  if (gpus?.kind === 'shared') return ['resources.shares', gpus.slices];
  if (gpus?.kind === 'mig') return ['resources.migProfile', `${gpus.count} × ${gpus.profile}`];
  return ['resources.gpus', gpus?.count ?? 0];
}

function refuse(field: string, value: string | number, rule: string, limit: string | number = ''): never {
  throw new TainError('gpu.order-invalid', { field, value, rule, limit });
}
