/**
 * A graph convolutional network of two layers, softmax(Â relu(Â X W1) W2), trained by gradient descent with momentum on
 * the cross-entropy of the training nodes. Source: Kipf and Welling 2017; gradients by hand, proven against finite
 * differences in tests/domain/demo/gcn.test.ts.
 */
import { createRandom } from '../random.ts';
import { gaussian, type Graph } from './graph.ts';

export type Model = {
  readonly hidden: number;
  /** features × hidden, and hidden × classes, by row; and how fast each moves. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly firstSpeed: Float64Array;
  readonly secondSpeed: Float64Array;
};

export type Gradients = { readonly first: Float64Array; readonly second: Float64Array };

export type Evaluation = {
  /** Mean cross-entropy of the training nodes, in nats. */
  readonly loss: number;
  /** Share of the other nodes that are named right. */
  readonly accuracy: number;
};

const MOMENTUM = 0.9;

/** Weights as they begin: normally distributed, scaled by the number of inputs and outputs (Glorot and Bengio 2010). */
export function makeModel({ seed, features, classes }: Graph, hidden: number): Model {
  const random = createRandom(`model ${seed}`);
  const weights = (rows: number, columns: number): Float64Array =>
    Float64Array.from({ length: rows * columns }, () => gaussian(random) * Math.sqrt(2 / (rows + columns)));
  return {
    hidden,
    first: weights(features, hidden),
    second: weights(hidden, classes),
    firstSpeed: new Float64Array(features * hidden),
    secondSpeed: new Float64Array(hidden * classes),
  };
}

/** Loss and accuracy of a model, and the gradients of the loss. */
export function evaluate(graph: Graph, model: Model): { evaluation: Evaluation; gradients: Gradients } {
  const { nodes, features, classes, labels, training } = graph;
  const { hidden } = model;
  const mixed = mix(graph, graph.inputs, features);
  const before = multiply(mixed, model.first, nodes, features, hidden);
  const active = before.map((value) => Math.max(0, value));
  const mixedActive = mix(graph, active, hidden);
  const scores = multiply(mixedActive, model.second, nodes, hidden, classes);

  const errors = new Float64Array(nodes * classes);
  let loss = 0;
  let right = 0;
  const trained = training.reduce((sum, flag) => sum + flag, 0);
  for (let node = 0; node < nodes; node += 1) {
    const row = scores.subarray(node * classes, (node + 1) * classes);
    const shares = softmax(row);
    const label = labels[node]!;
    if (training[node]) {
      loss -= Math.log(shares[label]!) / trained;
      for (let k = 0; k < classes; k += 1)
        errors[node * classes + k] = (shares[k]! - Number(k === label)) / trained;
    } else if (row.indexOf(Math.max(...row)) === label) right += 1;
  }

  const second = multiply(transpose(mixedActive, nodes, hidden), errors, hidden, nodes, classes);
  // Â is symmetric: what flows back is mixed as what flowed forth.
  const back = mix(
    graph,
    multiply(errors, transpose(model.second, hidden, classes), nodes, classes, hidden),
    hidden,
  );
  for (let at = 0; at < back.length; at += 1) if (before[at]! <= 0) back[at] = 0;
  const first = multiply(transpose(mixed, nodes, features), back, features, nodes, hidden);
  const accuracy = nodes === trained ? 0 : right / (nodes - trained);
  return { evaluation: { loss, accuracy }, gradients: { first, second } };
}

/** One step down the gradients, in place. */
export function descend(model: Model, gradients: Gradients, learningRate: number): void {
  const step = (weights: Float64Array, speed: Float64Array, gradient: Float64Array): void => {
    for (let at = 0; at < weights.length; at += 1) {
      speed[at] = MOMENTUM * speed[at]! - learningRate * gradient[at]!;
      weights[at]! += speed[at]!;
    }
  };
  step(model.first, model.firstSpeed, gradients.first);
  step(model.second, model.secondSpeed, gradients.second);
}

/** Â · values, for `width` values of each node. */
function mix({ neighbours }: Graph, values: Float64Array, width: number): Float64Array {
  const result = new Float64Array(values.length);
  neighbours.forEach((others, node) => {
    for (const { node: other, weight } of others)
      for (let k = 0; k < width; k += 1) result[node * width + k]! += weight * values[other * width + k]!;
  });
  return result;
}

/** a (rows × inner) · b (inner × columns) */
function multiply(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1)
    for (let k = 0; k < inner; k += 1) {
      const factor = a[i * inner + k]!;
      for (let j = 0; j < columns; j += 1) result[i * columns + j]! += factor * b[k * columns + j]!;
    }
  return result;
}

/** Of values (rows × columns), columns × rows. */
function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1) result[j * rows + i] = values[i * columns + j]!;
  return result;
}

function softmax(scores: Float64Array): Float64Array {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
