import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT_DIR } from '../../../platform/config.ts';
import { DEVICE_TAKEN_EXIT_CODE, PREEMPTED_EXIT_CODE } from '../../../contracts/job-run.ts';
import type { DeviceEvent } from '../../../demo/train/device-lock.ts';
import { checkParameters, renderCommand, templateOf } from '../../../domain/gpu-jobs/templates.ts';
import { eventually, runningOf, useRuns } from '../../support/runs.ts';

const PLACES = { node: process.execPath, root: ROOT_DIR };
const EVERY = 20;

type Line = {
  readonly event: string;
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
};

describe('the demonstration training', () => {
  const runs = useRuns();
  const launch = (name: string, parameters: object, devices: readonly string[] = []) => {
    const template = templateOf('proto-gcn');
    const values = checkParameters(template, { 'checkpoint-every': EVERY, ...parameters });
    return runs.launchOf(name, renderCommand(template, values, PLACES), { devices });
  };
  const lines = (name: string): readonly Line[] =>
    runs
      .output(name)
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line);
  const steps = (name: string): readonly number[] =>
    lines(name)
      .filter(({ event }) => event === 'step')
      .map(({ step }) => step);
  const reached = (name: string, step: number) => eventually(() => steps(name).includes(step));
  const preempt = {
    cause: 'preempted',
    reason: 'a swap feed lags',
    noticeMs: 20_000,
    graceMs: 5000,
  } as const;

  it('learns: its loss falls and it names communities that it was not told', async () => {
    await runs.executor().start(launch('learns', { steps: 120 }));
    const exit = await runs.end('learns');
    const losses = lines('learns').filter(({ event }) => event === 'step');

    expect(exit).toMatchObject({ cause: 'finished', code: 0 });
    expect(steps('learns')).toEqual(Array.from({ length: 120 }, (_, step) => step + 1));
    expect(losses.at(-1)!.loss).toBeLessThan(losses[0]!.loss / 4);
    expect(losses.at(-1)!.accuracy).toBeGreaterThan(0.8);
  });

  it('makes way with a checkpoint and loses no step, when there is time for one', async () => {
    const executor = runs.executor();
    await executor.start(launch('first', { steps: 2000, 'pace-ms': 10 }));
    await reached('first', EVERY + 5);
    await executor.stop('first', preempt);
    const exit = await runs.end('first');
    await executor.start(launch('second', { steps: steps('first').at(-1)! + 30 }));
    const rest = await runs.end('second');

    expect(exit).toMatchObject({ cause: 'preempted', code: PREEMPTED_EXIT_CODE, detail: 'a swap feed lags' });
    expect(lines('first').at(-1)).toMatchObject({
      event: 'notice',
      reason: 'a swap feed lags',
      secondsLeft: 20,
    });
    expect(rest).toMatchObject({ cause: 'finished' });
    expect(steps('second')[0]).toBe(steps('first').at(-1)! + 1);
  });

  it('that does not make way has no more time when it is told the same again', async () => {
    const executor = runs.executor();
    const deaf = `trap "" TERM; trap : USR1; echo ready; while :; do sleep 0.1; done`;
    await executor.start(runs.script('deaf', deaf));
    await eventually(async () => (await executor.tail('deaf', 100)).includes('ready'));
    const ask = { ...preempt, noticeMs: 3000, graceMs: 300 };
    const before = performance.now();
    await executor.stop('deaf', ask);
    let times = 0;
    const again = setInterval(() => void executor.stop('deaf', ask).then(() => (times += 1)), 200);
    const exit = await runs.end('deaf').finally(() => clearInterval(again));

    expect(exit).toMatchObject({ cause: 'preempted', signal: 'SIGKILL' });
    expect(times).toBeGreaterThan(3);
    expect(performance.now() - before).toBeGreaterThan(3000);
  });

  it('loses fewer steps than its interval when it is killed, and ends as one that never was', async () => {
    const executor = runs.executor();
    await executor.start(launch('killed', { steps: 2000, 'pace-ms': 5 }));
    await reached('killed', 2 * EVERY + 3);
    await executor.kill('killed', 'preempted');
    const done = steps('killed').at(-1)!;
    const all = done + 40;
    await executor.start(launch('resumed', { steps: all }));
    await runs.end('resumed');
    const model = readFileSync(runs.work('results', 'model.json'), 'utf8');
    await executor.start(launch('whole', { steps: all }));
    await runs.end('whole');

    const lost = done + 1 - steps('resumed')[0]!;
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThan(EVERY);
    expect(steps('whole')[0]).toBe(1);
    expect(readFileSync(runs.work('results', 'model.json'), 'utf8')).toBe(model);
  });

  it('checkpoints when it is told to, and goes on', async () => {
    const executor = runs.executor();
    await executor.start(launch('goes-on', { steps: 2000, 'checkpoint-every': 10_000, 'pace-ms': 10 }));
    await reached('goes-on', 3);

    expect(await executor.checkpoint('goes-on', 'every hour')).toBe(true);
    const { step } = await eventually(
      () => lines('goes-on').find(({ event }) => event === 'checkpoint') ?? false,
    );
    await reached('goes-on', step + 3);
  });

  it('ends with a checkpoint at SIGTERM', async () => {
    const executor = runs.executor();
    await executor.start(launch('told', { steps: 2000, 'pace-ms': 10 }));
    await reached('told', 3);
    await executor.stop('told', { ...preempt, cause: 'walltime', noticeMs: 0 });

    expect(await runs.end('told')).toMatchObject({ cause: 'walltime', code: 143 });
    expect(lines('told').at(-1)).toMatchObject({ event: 'checkpoint', step: steps('told').at(-1) });
  });

  it('starts anew from a torn checkpoint, and from one of another configuration', async () => {
    const executor = runs.executor();
    writeFileSync(runs.work('checkpoint.json'), 'torn');
    await executor.start(launch('torn', { steps: 5, 'checkpoint-every': 5 }));
    await runs.end('torn');
    await executor.start(launch('half', { steps: 2000, 'pace-ms': 10 }));
    await reached('half', EVERY + 1);
    await executor.kill('half', 'preempted');
    writeFileSync(runs.at('config.json'), '{"hidden": 8}');
    await executor.start(launch('other', { steps: 5 }));
    await runs.end('other');

    expect(steps('torn')[0]).toBe(1);
    expect(steps('other')[0]).toBe(1);
  });

  it('finds out by itself when a device is given away twice, and which process has it', async () => {
    const executor = runs.executor();
    const devices = ['GPU-aaaa', 'MIG-bbbb'];
    await executor.start(launch('holder', { steps: 2000, 'pace-ms': 10 }, devices));
    await reached('holder', 1);
    await executor.start(launch('intruder', { steps: 5 }, ['GPU-cccc', 'MIG-bbbb']));
    const refused = await runs.end('intruder');
    const taken = lines('intruder')[0];
    const holder = runningOf(await executor.status('holder'));
    // Its lock dies with it, however it dies.
    await executor.kill('holder', 'cancelled');
    await executor.start(launch('next', { steps: 5 }, ['MIG-bbbb']));
    const next = await runs.end('next');
    const log = readFileSync(runs.at('locks', 'MIG-bbbb.log'), 'utf8').trim().split('\n');

    expect(refused).toMatchObject({ cause: 'device-taken', code: DEVICE_TAKEN_EXIT_CODE });
    expect(taken).toEqual({
      event: 'device-taken',
      device: 'MIG-bbbb',
      holder: holder.pid,
    });
    expect(next.cause).toBe('finished');
    const events = log
      .map((line) => JSON.parse(line) as DeviceEvent)
      .map(({ event, job }) => `${event} ${job}`);
    expect(events).toEqual(['taken holder', 'refused intruder', 'taken next', 'released next']);
  });

  it.each([
    ['{"nodes": -1}', /config\.json: nodes: .*>=8/],
    ['{"layers": 3}', /config\.json: all of it: .*layers/],
    ['{nodes', /config\.json is no JSON/],
  ])('says of the configuration %s what is wrong, and where', async (text, words) => {
    writeFileSync(runs.at('config.json'), text);
    await runs.executor().start(launch('wrong', { steps: 5 }));

    expect(await runs.end('wrong')).toMatchObject({ cause: 'failed', code: 78 });
    expect(runs.output('wrong', 'stderr.log')).toMatch(words);
  });

  it('leaves results that its list proves', async () => {
    const executor = runs.executor();
    await executor.start(launch('results', { steps: 5 }));
    await runs.end('results');
    const collected = await executor.collect('results', runs.at('kept'));

    expect(collected).toMatchObject({ listed: true, differences: [] });
    expect(collected.results.map((file) => file.path)).toEqual(['model.json', 'summary.json']);
    expect(collected.logs.map((file) => file.path)).toEqual(['logs/stdout.log', 'logs/stderr.log']);
    expect(readFileSync(path.join(runs.at('kept'), 'logs', 'stdout.log'), 'utf8')).toBe(
      runs.output('results'),
    );
  });
});
