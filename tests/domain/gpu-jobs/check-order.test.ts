import { describe, expect, it } from '@jest/globals';
import { checkOrder, type OrderFacts } from '../../../domain/gpu-jobs/check-order.ts';
import type { Device, GpuNode, GpuRequest } from '../../../domain/gpu/model.ts';
import { GPU_POLICY } from '../../../domain/gpu/policy.ts';

const card = (id: string, mode: Device['mode'], model = 'H100-80GB', isHealthy = true): Device => ({
  ...{ id, mode, model, isHealthy },
});
const node = (name: string, devices: readonly Device[], cpus = 8): GpuNode => ({
  ...{ name, devices, cpus, memoryMib: 4096, isDrained: false },
});
const NODES = [
  node('whole', [card('a', 'whole'), card('b', 'whole', 'H100-80GB', false)]),
  node('parts', [card('c', 'mig'), card('d', 'shared', 'RTX-4090-24GB')], 2),
];
const POLICY = {
  ...GPU_POLICY,
  quotas: { teams: { quant: 1 }, users: { lee: 0.5 }, above: { below: ['quant'] } },
};

const check = (gpus: GpuRequest, change: Partial<OrderFacts> = {}, sizes: object = {}) => {
  const resources = { nodes: 1, cpus: 1, memoryMib: 64, gpus, ...sizes };
  const facts = { user: 'kim', team: 'none', qos: 'normal', resources, ...change };
  try {
    checkOrder(facts, { nodes: NODES, isHeld: false }, POLICY);
    return null;
  } catch (error) {
    const { field, rule } = (error as { params: Record<string, string> }).params;
    return `${field} ${rule}`;
  }
};
const whole = (count: number, model: string | null = null): GpuRequest => ({ kind: 'whole', model, count });

describe('an order', () => {
  it('that some node could ever serve passes, whatever is taken, drained or ill now', () => {
    expect(check(whole(2))).toBeNull();
    expect(check({ kind: 'mig', model: null, profile: '3g.40gb', count: 2 })).toBeNull();
    expect(check({ kind: 'shared', model: 'RTX-4090-24GB', slices: 10 })).toBeNull();
  });

  it('for MIG instances that pods of others have now passes, and for more than the card is cut into does not', () => {
    const parts = [0, 1].map((start) => ({
      profile: '1g.10gb',
      start,
      slices: 1,
      isWithheld: true as const,
    }));
    const cut = node('cut', [{ ...card('e', 'mig'), instances: parts }]);
    const ask = (count: number) => () =>
      checkOrder(
        {
          ...{ user: 'kim', team: 'none', qos: 'normal' },
          resources: {
            ...{ nodes: 1, cpus: 1, memoryMib: 64 },
            gpus: { kind: 'mig', model: null, profile: '1g.10gb', count },
          },
        },
        { nodes: [cut], isHeld: false },
        POLICY,
      );
    expect(ask(2)).not.toThrow();
    expect(ask(3)).toThrow();
  });

  it.each<[string, GpuRequest, Partial<OrderFacts>, object]>([
    ['resources.gpus impossible', whole(3), {}, {}],
    ['resources.model model', whole(1, 'H900'), {}, {}],
    ['resources.gpus impossible', whole(2, 'RTX-4090-24GB'), {}, {}],
    ['resources.migProfile impossible', { kind: 'mig', model: null, profile: '3g.40gb', count: 3 }, {}, {}],
    ['resources.migProfile impossible', { kind: 'mig', model: null, profile: '9g.90gb', count: 1 }, {}, {}],
    ['resources.shares impossible', { kind: 'shared', model: 'H100-80GB', slices: 1 }, {}, {}],
    ['resources.cpus impossible', whole(1), {}, { cpus: 9 }],
    ['resources.cpus impossible', { kind: 'shared', model: null, slices: 1 }, {}, { cpus: 3 }],
    ['resources.memoryMib impossible', whole(1), {}, { memoryMib: 4097 }],
    ['qos qos', whole(1), { qos: 'best' }, {}],
    ['qos qos', whole(1), { qos: 'toString' }, {}],
    ['resources.gpus quota', whole(2), { team: 'quant' }, {}],
    ['resources.gpus quota', whole(1), { user: 'lee' }, {}],
    ['resources.gpus quota', whole(2), { team: 'below' }, {}],
  ])('is refused for %s', (problem, gpus, facts, sizes) => {
    expect(check(gpus, facts, sizes)).toBe(problem);
  });
});
