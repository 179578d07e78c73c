import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventually, MEGABYTE, runningOf, useRuns } from '../../support/runs.ts';

const LIMIT = 4 * MEGABYTE;

describe('what a run may write', () => {
  const runs = useRuns();
  const kept = (name: string): number =>
    ['stdout.log', 'stdout.log.1', 'stdout.log.1.part']
      .map((file) => runs.at('runs', name, file))
      .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

  it('is the end of its output, when it prints as fast as it can', async () => {
    const total = 3000 * MEGABYTE;
    const script = `head -c ${total} /dev/zero; echo; echo the end`;
    const executor = runs.executor();
    await executor.start(
      runs.script('loud', script, { limits: { outputBytes: LIMIT, diskBytes: 2 * total } }),
    );
    let most = 0;
    const ended = await eventually(async () => {
      most = Math.max(most, kept('loud'));
      const status = await executor.status('loud');
      return status.state === 'ended' && status.exit;
    });

    expect(ended).toMatchObject({ cause: 'finished', code: 0 });
    expect(most).toBeLessThan(total / 4);
    expect(kept('loud')).toBeLessThan(LIMIT + 200);
    expect(ended.stdout.dropped).toBeGreaterThan(total / 2);
    expect(ended.stdout.bytes - ended.stdout.dropped).toBeLessThanOrEqual(LIMIT);
    expect(readFileSync(runs.at('runs', 'loud', 'stdout.log.1'), 'latin1')).toMatch(
      /^\[\d+ bytes of output before this line were dropped: the limit is 4194304\]\n/,
    );
    const text = ['stdout.log.1', 'stdout.log'].map((file) => runs.output('loud', file)).join('');
    expect(text.endsWith('\nthe end\n')).toBe(true);
  });

  it('is all of its output below the limit, byte for byte', async () => {
    const script = 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done';
    await runs.executor().start(runs.script('lines', script, { limits: { outputBytes: LIMIT } }));
    const exit = await runs.end('lines');
    const text = runs.output('lines');

    expect(text.trim().split('\n')).toEqual(Array.from({ length: 3000 }, (_, line) => `line ${line}`));
    expect(exit.stdout).toEqual({ bytes: text.length, dropped: 0 });
  });

  it('is no file larger than its share of the disk', async () => {
    const script = 'head -c 200000000 /dev/zero > big';
    await runs.executor().start(runs.script('big', script, { limits: { diskBytes: 20 * MEGABYTE } }));

    expect(await runs.end('big')).toMatchObject({ cause: 'disk' });
    expect(statSync(runs.work('big')).size).toBeLessThanOrEqual(20 * MEGABYTE);
  });

  it('is no more than its share in many files either, and what was there before does not count', async () => {
    const script = 'i=0; while :; do head -c 1000000 /dev/zero > "part-$i"; i=$((i+1)); sleep 0.02; done';
    const executor = runs.executor();
    await executor.start(runs.script('before', 'head -c 15000000 /dev/zero > data'));
    await runs.end('before');
    await executor.start(runs.script('many', script, { limits: { diskBytes: 12 * MEGABYTE } }));
    const exit = await runs.end('many');

    expect(exit).toMatchObject({ cause: 'disk', signal: 'SIGKILL' });
    expect(exit.detail).toMatch(/^\d+ bytes written to WORK_DIR, of 12582912$/);
    expect(readdirSync(runs.work()).length).toBeGreaterThan(12);
  });

  it('ends where the disk would be full, for who writes, not for who does not', async () => {
    const limits = { reserveBytes: Number.MAX_SAFE_INTEGER };
    const executor = runs.executor();
    await executor.start(runs.script('quiet', 'sleep 3', { limits }));
    expect(await runs.end('quiet')).toMatchObject({ cause: 'finished' });
    await executor.start(
      runs.script(
        'writes',
        'while :; do echo more >> file; sleep 0.1; head -c 100000 /dev/zero >> file; done',
        { limits },
      ),
    );

    expect(await runs.end('writes')).toMatchObject({ cause: 'disk-full' });
    expect(existsSync(runs.work('file'))).toBe(true);
  });

  it('is counted while it runs', async () => {
    const executor = runs.executor();
    await executor.start(runs.script('busy', 'while :; do :; done'));
    await eventually(async () => {
      const status = await executor.status('busy');
      const { cpuMs, memoryBytes } = runningOf(status);
      return cpuMs > 0 && memoryBytes > 0;
    });
    await executor.kill('busy', 'cancelled');

    expect((await runs.end('busy')).cpuMs).toBeGreaterThan(0);
  });
});
