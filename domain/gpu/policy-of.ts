/** The planner's policy as people set it: what they say nothing about is the default. */
import type { GpuPolicyDocument } from '../../contracts/gpu.ts';
import { GPU_POLICY, type GpuPolicy } from './policy.ts';

/** @param document its figures, in the planner's units */
export function policyOf({ priority, qos, quotas, teams }: GpuPolicyDocument): GpuPolicy {
  const { weights = {}, ...figures } = priority;
  return {
    ...GPU_POLICY,
    priority: {
      ...GPU_POLICY.priority,
      ...figures,
      weights: { ...GPU_POLICY.priority.weights, ...weights },
    },
    qos: Object.keys(qos).length === 0 ? GPU_POLICY.qos : qos,
    quotas: { ...quotas, ...aboveOf(quotas.teams, teams) },
  };
}

/** Teams with a quota by each team that lies below them, the nearest first. Nothing where there are none. */
function aboveOf(
  limits: Readonly<Record<string, number>>,
  teams: GpuPolicyDocument['teams'],
): Pick<GpuPolicy['quotas'], 'above'> {
  const parents = new Map(teams.map(({ name, parent }) => [name, parent]));
  const chainOf = (name: string): string[] => {
    const chain: string[] = [];
    for (let at = parents.get(name) ?? null; at !== null && !chain.includes(at); at = parents.get(at) ?? null)
      chain.push(at);
    return chain.filter((above) => Object.hasOwn(limits, above));
  };
  const found = teams
    .map(({ name }) => [name, chainOf(name)] as const)
    .filter(([, chain]) => chain.length > 0);
  return found.length === 0 ? {} : { above: Object.fromEntries(found) };
}
