import { describe, expect, it } from '@jest/globals';
import { checkOrder } from '../../../domain/gpu-jobs/check-order.ts';
import { explain } from '../../../domain/gpu/explain.ts';
import { allGpusOf, migModelsOf, weighMig } from '../../../domain/gpu/weigh-request.ts';
import { devices, given, job, node, PLAIN } from '../../support/gpu-jobs.ts';

const cut = (model: string) => node(model, 1, { devices: devices(model, 1, { model, mode: 'mig' }) });
const [H100, A100] = [cut('H100-80GB'), cut('A100-40GB')];
// An eighth of an H100, and two eighths of an A100 of 40 GB.
const wish = { kind: 'mig', model: null, profile: '1g.10gb', count: 1 } as const;
const { resources } = job('j1', { gpus: wish });

describe('a MIG instance of any model', () => {
  it.each([
    ['is what the models are that there are', [H100], false, 1 / 8],
    ['is the largest part that it can be', [H100, A100], false, 2 / 8],
    ['is what it holds once it holds it', [H100], true, 1 / 8],
  ] as const)('%s', (_, nodes, isHeld, part) => {
    expect(allGpusOf(weighMig(resources, migModelsOf(nodes), isHeld))).toBe(part);
  });

  it('counts as the mean of what it holds of several models', () => {
    const two = { ...resources, gpus: { ...wish, count: 2 } };

    expect(allGpusOf(weighMig(two, ['H100-80GB', 'A100-40GB'], true))).toBe(3 / 8);
  });

  it('fits a quota that its model fits, and costs what its model costs', () => {
    const quotas = { teams: {}, users: { kim: 0.125 } };
    const order = { user: 'kim', team: 'research', qos: 'normal', resources };
    const check = (nodes: readonly ReturnType<typeof cut>[]) =>
      checkOrder(order, { nodes, isHeld: false }, { ...PLAIN, quotas });

    expect(() => check([H100])).not.toThrow();
    expect(() => check([A100])).toThrow(expect.objectContaining({ code: 'gpu.order-invalid' }));
    const inputs = given({ nodes: [H100], queue: [job('j1', { gpus: wish })] });
    const prices = new Map([['H100-80GB', 8_000_000]]);
    expect(explain('j1', { inputs, past: [], prices })!.cost).toMatchObject({ most: 1_000_000 });
  });
});
