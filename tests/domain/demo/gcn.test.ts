import { describe, expect, it } from '@jest/globals';
import { descend, evaluate, makeModel } from '../../../demo/train/gcn.ts';
import { makeGraph } from '../../../demo/train/graph.ts';

const graph = makeGraph({ seed: 'small', nodes: 30, classes: 3, features: 5 });
const HIDDEN = 4;

describe('the network of the demonstration training', () => {
  it.each(['first', 'second'] as const)('goes down the true slope of its %s weights', (layer) => {
    const model = makeModel(graph, HIDDEN);
    const { gradients } = evaluate(graph, model);
    const step = 1e-6;
    const slopes = model[layer].map((weight, at) => {
      const lossAt = (value: number): number => {
        model[layer][at] = value;
        return evaluate(graph, model).evaluation.loss;
      };
      const slope = (lossAt(weight + step) - lossAt(weight - step)) / (2 * step);
      model[layer][at] = weight;
      return slope;
    });

    gradients[layer].forEach((gradient, at) => expect(gradient).toBeCloseTo(slopes[at]!, 6));
    expect(Math.max(...gradients[layer].map(Math.abs))).toBeGreaterThan(0.001);
  });

  it('is the same for the same seed, and another for another', () => {
    const train = (seed: string): number => {
      const of = makeGraph({ seed, nodes: 30, classes: 3, features: 5 });
      const model = makeModel(of, HIDDEN);
      for (let step = 0; step < 20; step += 1) descend(model, evaluate(of, model).gradients, 0.2);
      return evaluate(of, model).evaluation.loss;
    };

    expect(train('a')).toBe(train('a'));
    expect(train('a')).not.toBe(train('b'));
  });

  it('learns from a graph in which each node has itself and both ends of every edge the same weight', () => {
    graph.neighbours.forEach((others, node) => {
      expect(others.some((other) => other.node === node)).toBe(true);
      for (const { node: other, weight } of others)
        expect(graph.neighbours[other]!.find((back) => back.node === node)!.weight).toBe(weight);
    });
  });
});
