/**
 * Checkpoints of the demonstration training: one file in WORK_DIR that is replaced at once, with a hash of its content,
 * so that a kill at any moment leaves a whole one or the one before.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Model } from './gcn.ts';

const FILE = 'checkpoint.json';

export type Checkpoint = {
  /** Steps done. */
  readonly step: number;
  /** What the model was trained with: another configuration does not go on from it. */
  readonly settings: string;
  readonly model: Model;
};

type Weights = 'first' | 'second' | 'firstSpeed' | 'secondSpeed';
const WEIGHTS: readonly Weights[] = ['first', 'second', 'firstSpeed', 'secondSpeed'];

/** Writes it; on the disk when it returns. */
export function saveCheckpoint(workDir: string, { step, settings, model }: Checkpoint): void {
  const content = JSON.stringify({
    step,
    settings,
    hidden: model.hidden,
    ...Object.fromEntries(WEIGHTS.map((name) => [name, encode(model[name])])),
  });
  const own = path.join(workDir, `${FILE}.part`);
  writeFileSync(own, `${hash(content)}\n${content}\n`, { flush: true });
  renameSync(own, path.join(workDir, FILE));
}

/** The checkpoint of a folder; null when there is none, or none of these settings, or it is torn. */
export function loadCheckpoint(workDir: string, settings: string): Checkpoint | null {
  let text: string;
  try {
    text = readFileSync(path.join(workDir, FILE), 'utf8');
  } catch {
    return null;
  }
  const [sum, content = ''] = text.split('\n');
  if (sum !== hash(content)) return null;
  const value = JSON.parse(content) as Record<Weights, string> & {
    step: number;
    settings: string;
    hidden: number;
  };
  if (value.settings !== settings) return null;
  const { first, second, firstSpeed, secondSpeed } = value;
  const model: Model = {
    hidden: value.hidden,
    first: decode(first),
    second: decode(second),
    firstSpeed: decode(firstSpeed),
    secondSpeed: decode(secondSpeed),
  };
  return { step: value.step, settings, model };
}

/** Removes it: the training is done, the results are the model. */
export const removeCheckpoint = (workDir: string): void => rmSync(path.join(workDir, FILE), { force: true });

const hash = (content: string): string => createHash('sha256').update(content).digest('hex');
const encode = (weights: Float64Array): string =>
  Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength).toString('base64');

function decode(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  // Of a buffer of its own: those of Node's pool begin anywhere.
  return new Float64Array(new Uint8Array(bytes).buffer);
}
