/**
 * The data of the demonstration training: a random graph of communities (stochastic block model). Nodes of one
 * community are joined more often than others, and each node's features lean a little towards its community; so little
 * that a model has to look at the neighbours. Same seed, same graph.
 */
import { createRandom, type Random } from '../random.ts';

export type GraphSettings = {
  readonly seed: string;
  readonly nodes: number;
  readonly classes: number;
  readonly features: number;
};

export type Graph = GraphSettings & {
  /** Row by row, nodes × features. */
  readonly inputs: Float64Array;
  readonly labels: Uint8Array;
  /** 1 where the node's label may be learned from; the others are for testing. */
  readonly training: Uint8Array;
  /** The normalised adjacency with self-loops, D^-1/2 (A+I) D^-1/2, by row. Source: Kipf and Welling 2017. */
  readonly neighbours: readonly (readonly { readonly node: number; readonly weight: number }[])[];
};

/** Expected neighbours within the community, and outside of it. */
const [WITHIN, OUTSIDE] = [10, 3];
/** How far features lean, in standard deviations. */
const LEAN = 0.7;
const TRAINING_SHARE = 0.5;

export function makeGraph(settings: GraphSettings): Graph {
  const { seed, nodes, classes, features } = settings;
  const random = createRandom(`graph ${seed}`);
  const labels = Uint8Array.from({ length: nodes }, (_, node) => node % classes);
  const inputs = new Float64Array(nodes * features);
  for (let node = 0; node < nodes; node += 1)
    for (let feature = 0; feature < features; feature += 1)
      inputs[node * features + feature] = gaussian(random) + (feature % classes === labels[node] ? LEAN : 0);
  const training = Uint8Array.from({ length: nodes }, () => Number(random.chance(TRAINING_SHARE)));
  return {
    ...settings,
    inputs,
    labels,
    training,
    neighbours: normalise(joinNodes(settings, labels, random)),
  };
}

function joinNodes({ nodes, classes }: GraphSettings, labels: Uint8Array, random: Random): Set<number>[] {
  const joined = Array.from({ length: nodes }, (_, node) => new Set([node]));
  const within = (WITHIN * classes) / nodes;
  const outside = (OUTSIDE * classes) / (nodes * (classes - 1));
  for (let a = 0; a < nodes; a += 1)
    for (let b = a + 1; b < nodes; b += 1)
      if (random.chance(Math.min(1, labels[a] === labels[b] ? within : outside))) {
        joined[a]!.add(b);
        joined[b]!.add(a);
      }
  return joined;
}

function normalise(joined: readonly Set<number>[]): Graph['neighbours'] {
  return joined.map((others, a) =>
    [...others].map((node) => ({ node, weight: 1 / Math.sqrt(joined[a]!.size * joined[node]!.size) })),
  );
}

/** Normally distributed: mean 0, variance 1 (Box-Muller). */
export function gaussian(random: Random): number {
  const uniform = (): number => (random.next() + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
