import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { NICE_OF_ROLE, readNice } from '../../../platform/embedded/host-priority.ts';
import { identifyProcess, isAlive } from '../../../platform/embedded/process.ts';
import { jobFiles } from '../../../platform/executors/job-files.ts';
import { eventually, exitOf, HOLDS, MEGABYTE, runningOf, useRuns } from '../../support/runs.ts';

const FOREVER = 'while :; do sleep 0.1; done';
/** In a script: waits for a file, as what is to be seen of a run may be seen late. */
const waitsFor = (file: string): string => `until [ -e ${file} ]; do sleep 0.05; done`;

/** Takes a lease on the file that is its argument (fcntl(2): F_SETLEASE, F_WRLCK), and keeps it until it is killed. */
const LEASE = `
  $SIG{IO} = 'IGNORE';
  open(my $file, '+<', $ARGV[0]) or die $!;
  fcntl($file, 1024, 1) or die $!;
  syswrite(STDOUT, 'leased');
  sleep(600);`;

/** The pid that a script wrote into a file of its working folder. */
const pidIn = async (file: string): Promise<number> => {
  await eventually(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
  return Number(readFileSync(file, 'utf8'));
};

const isGone = (pid: number): boolean => identifyProcess(pid) === null;

describe.each(HOLDS)('a program whose processes are %s', (_, cgroupParent) => {
  const runs = useRuns(cgroupParent, NICE_OF_ROLE['training']);

  it('runs to its end with its devices, configuration and working folder, and as far back as training stands', async () => {
    const launch = runs.script(
      'job-1-1',
      `echo "$CUDA_VISIBLE_DEVICES|$CONFIG_FILE|$WORK_DIR|$PWD|$TAIN_JOB_ID"; echo "to people" >&2; ${waitsFor(runs.work('go'))}`,
      { devices: ['GPU-1', 'GPU-2'] },
    );
    const status = runningOf(await runs.executor().start(launch));
    await eventually(() => readNice(status.pid).threads.every((nice) => nice === 19));
    writeFileSync(runs.work('go'), '');
    const exit = await runs.end('job-1-1');

    expect(runs.output('job-1-1')).toBe(
      `GPU-1,GPU-2|${launch.config}|${launch.workDir}|${launch.workDir}|job-1-1\n`,
    );
    expect(runs.output('job-1-1', 'stderr.log')).toBe('to people\n');
    expect(exit).toMatchObject({ cause: 'finished', code: 0, signal: null, leftovers: 0 });
    expect(exit.stderr).toEqual({ bytes: 10, dropped: 0 });
    expect(exit.peakMemoryBytes).toBeGreaterThan(0);
    expect(Date.parse(exit.endedAt)).toBeGreaterThanOrEqual(Date.parse(exit.startedAt!));
  });

  it('is gone with all that it forked away, whatever session and environment that has', async () => {
    const [away, bare] = [runs.work('away'), runs.work('bare')];
    const script = `
      setsid sh -c 'trap "" TERM HUP; echo $$ > ${away}; ${FOREVER}' &
      setsid env -i PATH="$PATH" sh -c 'echo $$ > ${bare}; ${FOREVER}' &
      ${waitsFor(away)}; ${waitsFor(bare)}
      sleep 1.5`;
    await runs.executor().start(runs.script('forks', script));
    const pids = [await pidIn(away), await pidIn(bare)];
    const exit = await runs.end('forks');

    expect(exit.cause).toBe('finished');
    expect(exit.leftovers).toBeGreaterThanOrEqual(2);
    expect(pids.map(isGone)).toEqual([true, true]);
  });

  it('stands still while it is frozen, with its children, and goes on', async () => {
    const executor = runs.executor();
    const [own, child] = [runs.work('own'), runs.work('child')];
    const count = (file: string) => `while :; do echo >> ${file}; sleep 0.02; done`;
    await executor.start(runs.script('frozen', `setsid sh -c '${count(child)}' & ${count(own)}`));
    const sizes = () => [own, child].map((file) => (existsSync(file) ? statSync(file).size : 0));
    await eventually(() => sizes().every((size) => size > 0));

    expect(await executor.freeze('frozen')).toBe(true);
    const before = sizes();
    await once(AbortSignal.timeout(400), 'abort');
    expect(sizes()).toEqual(before);
    expect((await executor.status('frozen')).state).toBe('frozen');

    expect(await executor.thaw('frozen')).toBe(true);
    await eventually(() => sizes().every((size, at) => size > before[at]!));
    expect((await executor.status('frozen')).state).toBe('running');
  });

  it('stands still and goes on also while it waits for a program that it began', async () => {
    const executor = runs.executor();
    const program = runs.work('program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    // Who opens a file that is leased to another waits until it is given back, as execve(2) does, and so does who
    // has begun it by vfork(2), like many a shell.
    const lease = spawn('perl', ['-e', LEASE, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(lease.stdout, 'data');
    try {
      await executor.start(runs.script('begins', `${program}; ${waitsFor(runs.work('go'))}`));
      await eventually(async () => runningOf(await executor.status('begins')).processes === 2);

      expect(await executor.freeze('begins')).toBe(true);
      expect((await executor.status('begins')).state).toBe('frozen');
    } finally {
      lease.kill();
      await once(lease, 'exit');
    }
    expect(await executor.thaw('begins')).toBe(true);
    writeFileSync(runs.work('go'), '');
    expect((await runs.end('begins')).cause).toBe('finished');
  });

  it('can be killed while it is frozen, and stopped by its own will as well', async () => {
    const executor = runs.executor();
    await executor.start(runs.script('kept', FOREVER));
    await executor.freeze('kept');
    expect(exitOf(await executor.kill('kept', 'walltime'))).toMatchObject({ cause: 'walltime' });

    const ready = runs.work('ready');
    await executor.start(runs.script('polite', `trap "exit 0" TERM; touch ${ready}; ${FOREVER}`));
    await eventually(() => existsSync(ready));
    await executor.freeze('polite');
    await executor.stop('polite', {
      cause: 'preempted',
      reason: 'a feed lags',
      noticeMs: 0,
      graceMs: 20_000,
    });
    expect(await runs.end('polite')).toMatchObject({ cause: 'preempted', code: 0 });
  });

  it('ends when it takes more memory than it asked for', async () => {
    const grow = 'const all = []; setInterval(() => all.push(Buffer.alloc(20 * 1024 ** 2, 1)), 50);';
    const launch = runs.launchOf('greedy', [process.execPath, '-e', grow], {
      limits: { memoryBytes: 250 * MEGABYTE },
    });
    await runs.executor().start(launch);
    const exit = await runs.end('greedy');

    expect(exit).toMatchObject({ cause: 'memory', signal: 'SIGKILL' });
    expect(exit.peakMemoryBytes).toBeGreaterThan(200 * MEGABYTE);
  });

  it('is ended, and its devices are free, when its runner was killed', async () => {
    const executor = runs.executor();
    // Its parent is gone at once: nothing but its mark says whose it is.
    const away = `(setsid sh -c 'echo $$ > ${runs.work('away')}; ${FOREVER}' &)`;
    await executor.start(runs.script('orphan', `${away}; ${FOREVER}`));
    const forked = await pidIn(runs.work('away'));
    const files = jobFiles(runs.at('runs', 'orphan'));
    const [claim, program] = [files.readClaim(), files.readProgram()!];
    if (claim?.kind !== 'runner') throw new Error('no runner');
    process.kill(claim.pid, 'SIGKILL');

    expect((await executor.attach('orphan', AbortSignal.timeout(20_000))).state).toBe('lost');
    expect(isAlive(program)).toBe(true);
    expect(exitOf(await executor.kill('orphan', 'preempted'))).toMatchObject({
      cause: 'runner-lost',
      code: null,
    });
    expect([isAlive(program), isGone(forked)]).toEqual([false, true]);
  });

  it.each([
    ['its launch', { executor: 'argo' as const }, { kind: 'workflow', uid: 'u-1' } as const, 'argo'],
    ['its claim, when it is an old one', {}, { kind: 'job', uid: 'u-1' } as const, 'kubernetes-job'],
  ])(
    'that another executor started, by %s, is touched by none but that',
    async (_, record, claim, started) => {
      const launch = runs.script('moved', `touch ${runs.work('moved')}`);
      const files = jobFiles(runs.at('runs', 'moved'));
      mkdirSync(files.directory, { recursive: true });
      writeFileSync(path.join(files.directory, 'launch.json'), JSON.stringify({ ...launch, ...record }));
      files.claim(claim);
      const executor = runs.executor();
      const stop = { cause: 'cancelled', reason: '', noticeMs: 0, graceMs: 0 } as const;

      for (const ask of [
        () => executor.start(launch),
        () => executor.status('moved'),
        () => executor.attach('moved', AbortSignal.timeout(1000)),
        () => executor.stop('moved', stop),
        () => executor.kill('moved', 'cancelled'),
        () => executor.remove('moved'),
      ])
        await expect(Promise.resolve().then((): Promise<unknown> => ask())).rejects.toMatchObject({
          code: 'job.other-executor',
          params: { name: 'moved', started, here: 'process' },
        });
      expect(existsSync(runs.work('moved'))).toBe(false);
      rmSync(files.directory, { recursive: true });
    },
  );

  it('leaves no group and no file but its claim behind when it is removed, and is not removed while it runs', async () => {
    const executor = runs.executor();
    await executor.start(runs.script('removed', FOREVER));
    const files = jobFiles(runs.at('runs', 'removed'));

    await expect(executor.remove('removed')).rejects.toMatchObject({ code: 'job.still-running' });
    await executor.kill('removed', 'cancelled');
    await executor.remove('removed');
    await executor.remove('removed');

    expect(readdirSync(runs.at('runs', 'removed'))).toEqual(['runner.json']);
    expect(await executor.status('removed')).toEqual({ state: 'absent' });
    if (cgroupParent !== null)
      expect(existsSync(path.join(cgroupParent, `tain-run-${files.key}`))).toBe(false);
  });
});

describe('a run', () => {
  const runs = useRuns();

  it('survives the worker that started it, and another one goes on with it', async () => {
    const launch = runs.script('survivor', `${waitsFor(runs.work('go'))}; echo done; exit 4`);
    const executor = path.resolve('platform/executors/process-executor.ts');
    const options = {
      directory: runs.at('runs'),
      environment: { PATH: process.env['PATH'] },
      cgroupParent: null,
    };
    const worker = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { createProcessExecutor } from ${JSON.stringify(executor)};
      await createProcessExecutor(${JSON.stringify(options)}).start(${JSON.stringify(launch)});
      console.log('started');
      setInterval(() => undefined, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(worker.stdout, 'data');
    worker.kill('SIGKILL');
    await once(worker, 'exit');

    expect((await runs.executor().status('survivor')).state).toBe('running');
    writeFileSync(runs.work('go'), '');
    expect(await runs.end('survivor')).toMatchObject({ cause: 'failed', code: 4 });
    expect(runs.output('survivor')).toBe('done\n');
  });

  it('that was ended before anybody asked for its start never starts, and leaves nothing that could', async () => {
    const executor = runs.executor();
    await executor.kill('early', 'cancelled');

    expect(await executor.start(runs.script('early', `echo ran > ${runs.work('ran')}`))).toEqual({
      state: 'absent',
    });
    expect(readdirSync(runs.at('runs', 'early'))).toEqual(['runner.json']);
    expect(existsSync(runs.work('ran'))).toBe(false);
  });

  it('that was killed before a runner came never starts', async () => {
    const executor = runs.executor();
    const launch = runs.script('late', `echo ran > ${runs.work('ran')}`);
    await executor.start(runs.script('model', 'exit 0'));
    const model = jobFiles(runs.at('runs', 'model')).readLaunch()!;
    const files = jobFiles(runs.at('runs', 'late'));
    mkdirSync(files.directory);
    files.createLaunch({ ...model, ...launch });

    expect(exitOf(await executor.kill('late', 'cancelled'))).toMatchObject({
      cause: 'cancelled',
      startedAt: null,
    });
    expect((await executor.start(launch)).state).toBe('ended');
    expect(existsSync(runs.work('ran'))).toBe(false);
  });

  it('whose pids are other processes by now is lost, and those are left alone', async () => {
    const executor = runs.executor();
    await executor.start(runs.script('reused', FOREVER));
    const innocent = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const files = jobFiles(runs.at('runs', 'reused'));
    const [claim, program] = [files.readClaim(), files.readProgram()!];
    if (claim?.kind !== 'runner') throw new Error('no runner');
    process.kill(claim.pid, 'SIGKILL');
    await eventually(() => !isAlive(claim));
    const reuse = (file: string, record: object) =>
      writeFileSync(runs.at('runs', 'reused', file), JSON.stringify({ ...record, pid: innocent.pid }));
    reuse('runner.json', claim);
    reuse('program.json', program);

    try {
      expect((await executor.status('reused')).state).toBe('lost');
      expect(await executor.checkpoint('reused', 'a look')).toBe(false);
      await executor.kill('reused', 'cancelled');
      expect(isGone(innocent.pid!)).toBe(false);
      expect(isAlive(program)).toBe(false);
    } finally {
      innocent.kill('SIGKILL');
    }
  });

  it('that knows no SIGUSR1 is not told of a checkpoint, which it would die of', async () => {
    const executor = runs.executor();
    await executor.start(runs.launchOf('deaf', ['/bin/sleep', '1000']));

    expect(await executor.checkpoint('deaf', 'a look')).toBe(false);
    expect((await executor.status('deaf')).state).toBe('running');
  });

  it('that is shut down with the machine says so', async () => {
    const executor = runs.executor();
    await executor.start(runs.script('shut', FOREVER));
    const claim = jobFiles(runs.at('runs', 'shut')).readClaim();
    if (claim?.kind !== 'runner') throw new Error('no runner');
    process.kill(claim.pid, 'SIGTERM');

    expect(await runs.end('shut')).toMatchObject({ cause: 'shutdown', signal: 'SIGTERM' });
  });
});
