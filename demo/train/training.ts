/** The run of the demonstration training, from its locks to its results. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import {
  DEVICE_TAKEN_EXIT_CODE,
  PREEMPTED_EXIT_CODE,
  RESULTS_FOLDER,
  RESULTS_MANIFEST,
  type CheckpointNotice,
} from '../../contracts/job-run.ts';
import { loadCheckpoint, removeCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { readDevices, takeDevices } from './device-lock.ts';
import { descend, evaluate, makeModel, type Evaluation, type Model } from './gcn.ts';
import { makeGraph, type Graph } from './graph.ts';
import { signals } from './signals.ts';
import { readTrainingSettings, type TrainingSettings } from './settings.ts';

const CONFIG_EXIT_CODE = 78;
const TERMINATED_EXIT_CODE = 143;

const say = (event: string, facts: object): void =>
  void process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);

/** Trains as options and environment say. @returns the exit code */
export async function main(): Promise<number> {
  let settings: TrainingSettings;
  let devices: readonly string[];
  try {
    settings = readTrainingSettings(process.argv.slice(2), process.env);
    devices = readDevices(settings.devices);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return CONFIG_EXIT_CODE;
  }
  const locks = takeDevices(settings.lockFolder, devices, settings.job);
  if ('device' in locks) {
    say('device-taken', locks);
    return DEVICE_TAKEN_EXIT_CODE;
  }
  try {
    return await train(settings);
  } finally {
    locks.release();
  }
}

async function train(settings: TrainingSettings): Promise<number> {
  const { workDir, steps, checkpointEvery, paceMs, learningRate } = settings;
  const identity = JSON.stringify([
    settings.seed,
    settings.nodes,
    settings.classes,
    settings.features,
    settings.hidden,
    learningRate,
  ]);
  const graph = makeGraph(settings);
  const before = loadCheckpoint(workDir, identity);
  const model = before?.model ?? makeModel(graph, settings.hidden);
  let step = before?.step ?? 0;
  const { resumeFrom } = settings;
  say(before ? 'resumed' : 'started', {
    ...{ job: settings.job, step, of: steps, devices: settings.devices },
    ...(resumeFrom !== null && { resumeFrom }),
  });
  if (resumeFrom !== null && step < resumeFrom) say('checkpoint-lost', { step, seen: resumeFrom });
  const save = (): void => {
    saveCheckpoint(workDir, { step, settings: identity, model });
    say('checkpoint', { step });
  };

  while (step < steps) {
    const from = performance.now();
    const { evaluation, gradients } = evaluate(graph, model);
    descend(model, gradients, learningRate);
    step += 1;
    say('step', { step, ...evaluation });
    if (step % checkpointEvery === 0) save();
    // Signals are heard here.
    await breathe();
    await pause(paceMs - (performance.now() - from));
    if (signals.asked === 'nothing') continue;
    if (step % checkpointEvery !== 0) save();
    if (signals.asked === 'terminate') return TERMINATED_EXIT_CODE;
    const notice = readNotice(settings.noticeFile);
    say('notice', { step, ...notice });
    if (notice.then === 'exit') return PREEMPTED_EXIT_CODE;
    signals.asked = 'nothing';
  }
  finish(settings, graph, model);
  return 0;
}

/** Shorter when a signal comes. */
async function pause(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (signals.asked === 'nothing' && performance.now() < end)
    await sleep(Math.min(20, end - performance.now()));
}

/** Who sends SIGUSR1 without a notice wants the program to make way. */
function readNotice(file: string | null): CheckpointNotice {
  const none: CheckpointNotice = { reason: '', secondsLeft: null, then: 'exit' };
  try {
    return file === null ? none : (JSON.parse(readFileSync(file, 'utf8')) as CheckpointNotice);
  } catch {
    return none;
  }
}

/** The model and its figures as results, the list of them last. */
function finish(settings: TrainingSettings, graph: Graph, model: Model): void {
  const folder = path.join(settings.workDir, RESULTS_FOLDER);
  mkdirSync(folder, { recursive: true });
  const { evaluation }: { evaluation: Evaluation } = evaluate(graph, model);
  const contents: Readonly<Record<string, string>> = {
    'model.json': `${JSON.stringify({ first: [...model.first], second: [...model.second] })}\n`,
    'summary.json': `${JSON.stringify({ steps: settings.steps, ...evaluation })}\n`,
  };
  const files = Object.entries(contents).map(([name, content]) => {
    writeFileSync(path.join(folder, name), content, { flush: true });
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { path: name, bytes: Buffer.byteLength(content), sha256 };
  });
  const manifest = path.join(folder, RESULTS_MANIFEST);
  writeFileSync(`${manifest}.part`, `${JSON.stringify({ files })}\n`, { flush: true });
  renameSync(`${manifest}.part`, manifest);
  removeCheckpoint(settings.workDir);
  say('finished', { step: settings.steps, ...evaluation });
}
