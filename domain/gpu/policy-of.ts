/** The planner's policy as people set it: what they say nothing about is the default. */
import type { GpuPolicyDocument } from '../../contracts/gpu.ts';
import { GPU_POLICY, type GpuPolicy } from './policy.ts';

/** @param document its figures, in the planner's units */
export function policyOf({ priority, qos, quotas }: GpuPolicyDocument): GpuPolicy {
  const { weights = {}, ...figures } = priority;
  return {
    ...GPU_POLICY,
    priority: {
      ...GPU_POLICY.priority,
      ...figures,
      weights: { ...GPU_POLICY.priority.weights, ...weights },
    },
    qos: Object.keys(qos).length === 0 ? GPU_POLICY.qos : qos,
    quotas,
  };
}
