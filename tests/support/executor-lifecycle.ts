/** What every executor does with a run, from its start to its removal: one suite, the same assertions for all of them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { identifyProcess } from '../../platform/embedded/process.ts';
import { checkParameters, renderCommand, templateOf } from '../../domain/gpu-jobs/templates.ts';
import { eventually, exitOf, MEGABYTE, type TestRuns } from './runs.ts';
import { PLACES } from './training-parts.ts';

const FOREVER = 'while :; do sleep 0.1; done';

/**
 * @param title how these runs are run
 * @param runs of the executor
 * @param leftOf what the executor keeps of a run beside its claim; it is asked when the run was removed
 */
export function describeLifecycle(
  title: string,
  runs: TestRuns,
  leftOf: (name: string) => Promise<readonly string[]>,
): void {
  const says = (name: string, text: string) =>
    eventually(async () => (await runs.executor().tail(name, 10_000)).includes(text));
  const isGone = async (file: string): Promise<boolean> =>
    identifyProcess(Number(readFileSync(file, 'utf8'))) === null;
  /** A program that was seen while it ran, however slow that was, goes on when it is told to. */
  const untilTold = (): string => `until [ -e ${runs.work('go')} ]; do sleep 0.05; done`;
  const tell = (): void => writeFileSync(runs.work('go'), '');
  const hasWritten = (file: string) =>
    eventually(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));

  describe(`a run ${title}`, () => {
    it('runs to its end with its configuration and its working folder', async () => {
      const says = `echo "$CONFIG_FILE|$WORK_DIR|$PWD|$TAIN_JOB_ID"; ${untilTold()}`;
      const launch = runs.script('job-1-1', says);
      expect((await runs.executor().start(launch)).state).toBe('running');
      tell();
      const exit = await runs.end('job-1-1');

      expect(runs.output('job-1-1')).toBe(`${launch.config}|${launch.workDir}|${launch.workDir}|job-1-1\n`);
      expect(exit).toMatchObject({ cause: 'finished', code: 0, leftovers: 0 });
      expect(exit.stdout).toEqual({ bytes: runs.output('job-1-1').length, dropped: 0 });
      expect(Date.parse(exit.endedAt)).toBeGreaterThanOrEqual(Date.parse(exit.startedAt!));
    });

    it('fails with its exit code', async () => {
      await runs.executor().start(runs.script('fails', 'exit 3'));

      expect(await runs.end('fails')).toMatchObject({ cause: 'failed', code: 3 });
    });

    it('is killed when it ignores SIGTERM, and the cause is what it was asked for', async () => {
      const executor = runs.executor();
      await executor.start(
        runs.script('stubborn', `trap "echo heard" TERM; echo $$ > ${runs.work('pid')}; ${FOREVER}`),
      );
      await hasWritten(runs.work('pid'));
      await executor.stop('stubborn', {
        ...{ cause: 'cancelled', reason: 'not needed', noticeMs: 0, graceMs: 1000 },
      });
      const exit = await runs.end('stubborn');

      expect(runs.output('stubborn')).toBe('heard\n');
      expect(exit).toMatchObject({ cause: 'cancelled', detail: 'not needed' });
      expect(await isGone(runs.work('pid'))).toBe(true);
    });

    it('that makes way and ends well is preempted, not finished', async () => {
      const executor = runs.executor();
      await executor.start(
        runs.script('polite', `trap "exit 0" TERM; touch ${runs.work('ready')}; ${FOREVER}`),
      );
      await eventually(() => existsSync(runs.work('ready')));
      await executor.stop('polite', {
        ...{ cause: 'preempted', reason: 'a feed lags', noticeMs: 0, graceMs: 20_000 },
      });

      expect(await runs.end('polite')).toMatchObject({ cause: 'preempted', code: 0, detail: 'a feed lags' });
    });

    it('that is killed is gone when that comes back', async () => {
      const executor = runs.executor();
      await executor.start(runs.script('killed', `trap "" TERM; echo $$ > ${runs.work('pid')}; ${FOREVER}`));
      await hasWritten(runs.work('pid'));
      const killed = await executor.kill('killed', 'walltime');

      expect(exitOf(killed)).toMatchObject({ cause: 'walltime' });
      expect(await isGone(runs.work('pid'))).toBe(true);
      expect(exitOf(await executor.kill('killed', 'cancelled'))).toEqual(exitOf(killed));
    });

    it('ends when it takes more memory than it asked for', async () => {
      const grow = 'const all = []; setInterval(() => all.push(Buffer.alloc(20 * 1024 ** 2, 1)), 50);';
      const launch = runs.launchOf('greedy', [process.execPath, '-e', grow], {
        limits: { memoryBytes: 250 * MEGABYTE },
      });
      await runs.executor().start(launch);

      expect(await runs.end('greedy')).toMatchObject({ cause: 'memory' });
    });

    it('is not removed while it runs, and leaves nothing but its claim behind then', async () => {
      const executor = runs.executor();
      await executor.start(runs.script('removed', FOREVER));

      await expect(executor.remove('removed')).rejects.toMatchObject({ code: 'job.still-running' });
      await executor.kill('removed', 'cancelled');
      await executor.remove('removed');
      await executor.remove('removed');

      expect(await leftOf('removed')).toEqual([]);
      expect(await executor.status('removed')).toEqual({ state: 'absent' });
    });

    it('starts once, however often it is asked to', async () => {
      const launch = runs.script('once', `echo $$ >> ${runs.work('starts')}; ${FOREVER}`);
      const found = await Promise.all(Array.from({ length: 4 }, () => runs.executor().start(launch)));
      await hasWritten(runs.work('starts'));
      await runs.executor().kill('once', 'cancelled');
      const again = await runs.executor().start(launch);

      expect(found.map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running']);
      expect(readFileSync(runs.work('starts'), 'utf8').trim().split('\n')).toHaveLength(1);
      expect(again.state).toBe('ended');
    });

    it('is refused another command under the same name, and a name that is a path', async () => {
      const executor = runs.executor();
      await executor.start(runs.script('same', 'exit 0'));

      await expect(executor.start(runs.script('same', 'exit 1'))).rejects.toMatchObject({
        code: 'job.launch-differs',
      });
      for (const name of ['../same', 'a/b', '', '-', 'A', 'x'.repeat(81)])
        await expect(executor.status(name)).rejects.toMatchObject({ code: 'job.name-invalid' });
    });

    it('that was killed before anybody started it, or removed, is never started by who comes too late', async () => {
      const executor = runs.executor();
      await executor.start(runs.script('before', 'exit 0'));
      await runs.end('before');
      await executor.remove('before');
      await executor.kill('never', 'cancelled');
      const touch = (name: string) => runs.script(name, `echo ran > ${runs.work(name)}`);
      const found = [await executor.start(touch('before')), await executor.start(touch('never'))];

      expect(found.map(({ state }) => state)).toEqual(['absent', 'absent']);
      expect(['before', 'never'].map((name) => existsSync(runs.work(name)))).toEqual([false, false]);
    });

    it('goes on without whoever waited for it, and the next one finds its end', async () => {
      const stopped = new AbortController();
      const script = `echo first; ${untilTold()}; echo last; exit 4`;
      await runs.executor().start(runs.script('survivor', script));
      const waiting = runs.executor().attach('survivor', stopped.signal);
      await says('survivor', 'first');
      stopped.abort(new Error('the worker stops'));
      await expect(waiting).rejects.toThrow('the worker stops');
      tell();

      expect(await runs.end('survivor')).toMatchObject({ cause: 'failed', code: 4 });
      expect(runs.output('survivor')).toBe('first\nlast\n');
    });

    it('tells the end of what it has written', async () => {
      const executor = runs.executor();
      await executor.start(runs.script('talks', 'echo first; echo last'));
      await runs.end('talks');

      expect([await executor.tail('talks', 5), await executor.tail('nobody', 5)]).toEqual(['last\n', '']);
    });

    it('whose program is not there says so', async () => {
      await runs.executor().start(runs.launchOf('nothing', ['/nowhere/at-all']));

      expect(await runs.end('nothing')).toMatchObject({
        ...{ cause: 'not-started', startedAt: null },
        detail: expect.stringContaining('/nowhere/at-all'),
      });
    });

    it('gets no shell: what its arguments contain is text', async () => {
      const odd = '$(touch hit); `touch hit` | & > "x" \' * $(WORK_DIR) $$ {{workflow.name}} {{{nobody}}}';
      await runs.executor().start(runs.launchOf('text', ['/bin/echo', odd]));
      await runs.end('text');

      expect(runs.output('text')).toBe(`${odd}\n`);
      expect(existsSync(runs.work('hit'))).toBe(false);
    });

    it('that trains and makes way goes on from its checkpoint, and loses no step', async () => {
      const executor = runs.executor();
      const steps = (name: string): number[] =>
        [...runs.output(name).matchAll(/"event":"step","step":(\d+)/g)].map((match) => Number(match[1]));
      const launch = (name: string, parameters: object) => {
        const template = templateOf('proto-gcn');
        const values = checkParameters(template, { 'checkpoint-every': 20, ...parameters });
        return runs.launchOf(name, renderCommand(template, values, PLACES));
      };
      await executor.start(launch('first', { steps: 2000, 'pace-ms': 10 }));
      await eventually(() => existsSync(runs.work('checkpoint.json')));
      await executor.stop('first', {
        ...{ cause: 'preempted', reason: 'a swap feed lags', noticeMs: 0, graceMs: 20_000 },
      });
      const exit = await runs.end('first');
      const done = steps('first').at(-1)!;
      await executor.start(launch('second', { steps: done + 30 }));
      const rest = await runs.end('second');
      const collected = await executor.collect('second', runs.at('kept'));

      expect(exit).toMatchObject({ cause: 'preempted', detail: 'a swap feed lags' });
      expect(rest).toMatchObject({ cause: 'finished', code: 0 });
      expect(steps('second')).toEqual(Array.from({ length: 30 }, (_, at) => done + 1 + at));
      expect(collected).toMatchObject({ listed: true, differences: [] });
      expect(collected.results.map((file) => file.path)).toEqual(['model.json', 'summary.json']);
      expect(readFileSync(runs.at('kept', 'logs', 'stdout.log'), 'utf8')).toBe(runs.output('second'));
    });
  });
}
