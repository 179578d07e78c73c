import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cpuLoad, readCpuTimes, readMemoryLoad } from '../../../platform/gpu-monitor/host-load.ts';
import { createGpuMonitor, type GpuMonitor } from '../../../platform/gpu-monitor/monitor.ts';
import { buildMonitorApp } from '../../../platform/gpu-monitor/monitor-app.ts';
import { LIST_ARGS, parseQuery, QUERY_ARGS } from '../../../platform/gpu-monitor/nvidia-smi.ts';
import { parseMigMemory } from '../../../platform/gpu-monitor/nvidia-smi-xml.ts';
import { createLogger } from '../../../platform/log.ts';
import { createNvidiaSmi } from '../../../platform/gpu-monitor/run-nvidia-smi.ts';
import * as outputs from './outputs.ts';

const MEBIBYTE = 1024 ** 2;

/** After so long a program that hangs is given up; others may be slow on a machine with much to do. */
const HANGS_MS = 700;

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'tain-monitor-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A line of /proc/PID/stat as it was recorded, of a program whose name is no help in reading it. */
const processStat = (pid: number, userTicks: number, nice: number): string =>
  `${pid} (a) R 1 (b) R 3820 3820 30438 0 -1 4194560 3556 0 0 0 ${userTicks} 1 0 0 ${nice + 20} ${nice} 7 0 5634232 1306693632 13202`;

/** An nvidia-smi that prints what it should, from its own arguments. */
function nvidiaSmi(
  name: string,
  answers: { query?: string; list?: string; xml?: string; code?: number; stderr?: string; wait?: number },
) {
  const file = (text: string | undefined, kind: string): string => {
    const location = path.join(dir, `${name}-${kind}`);
    writeFileSync(location, text ?? '');
    return location;
  };
  const command = path.join(dir, name);
  writeFileSync(
    command,
    `#!/bin/sh
echo "$*" >> ${command}.calls
${answers.wait ? `sleep ${answers.wait}` : ''}
case "$1" in
  --query-gpu=*) cat ${file(answers.query, 'query')} ;;
  -L) cat ${file(answers.list, 'list')} ;;
  -q) cat ${file(answers.xml, 'xml')} ;;
esac
cat ${file(answers.stderr, 'stderr')} >&2
exit ${answers.code ?? 0}
`,
  );
  chmodSync(command, 0o755);
  const run = createNvidiaSmi(command, { PATH: process.env['PATH']! }, answers.wait ? HANGS_MS : 40_000);
  const calls = (): readonly string[] =>
    existsSync(`${command}.calls`) ? readFileSync(`${command}.calls`, 'utf8').trim().split('\n') : [];
  return { run, calls };
}

const lookAt = async (name: string, answers: Parameters<typeof nvidiaSmi>[1]) =>
  createGpuMonitor({ run: nvidiaSmi(name, answers).run }).look();

describe('the GPUs of a node', () => {
  it('of R450 are read with their MIG devices, and what is unknown is not 0', async () => {
    const { reading, availability } = await lookAt('r450', {
      query: outputs.R450_QUERY,
      list: outputs.R450_LIST,
      xml: outputs.R450_XML,
    });

    expect(reading.problem).toBeNull();
    expect(reading.gpus).toMatchObject([
      {
        index: 0,
        name: 'A100-SXM4-40GB',
        mig: 'disabled',
        utilisation: 0,
        powerWatts: 43.98,
        migDevices: [],
      },
      { index: 1, mig: 'enabled', utilisation: null, memoryTotalBytes: 40537 * MEBIBYTE },
    ]);
    expect(reading.gpus[1]!.migDevices).toEqual([
      {
        index: 0,
        profile: '3g.20gb',
        uuid: 'MIG-GPU-8fd3bd40-42d3-4db1-9f8a-1a2b3c4d5e6f/2/0',
        memoryTotalBytes: 20096 * MEBIBYTE,
        memoryFreeBytes: 20085 * MEBIBYTE,
      },
      expect.objectContaining({ index: 1, profile: '1g.5gb', memoryFreeBytes: 4861 * MEBIBYTE }),
    ]);
    expect(availability.gpus.map(({ available }) => available)).toEqual([true, true]);
  });

  it('of R550 are read with profiles of compute parts and media, and memory that it does not say', async () => {
    const { reading } = await lookAt('r550', {
      query: outputs.R550_QUERY,
      list: outputs.R550_LIST,
      xml: outputs.R550_XML,
    });

    expect(reading.gpus[0]!.migDevices).toMatchObject([
      { profile: '1g.10gb+me', uuid: 'MIG-aaaaaaaa-0000-1111-2222-333344445555', memoryFreeBytes: null },
      { profile: '2c.3g.40gb', memoryFreeBytes: 40000 * MEBIBYTE },
    ]);
  });

  it('of a workstation are read without MIG, and asked for nothing more', async () => {
    const { run, calls } = nvidiaSmi('rtx', { query: outputs.RTX_QUERY });
    const { reading, availability } = await createGpuMonitor({ run }).look();

    expect(reading.gpus).toMatchObject([
      { mig: 'unsupported', utilisation: 97, memoryFreeBytes: 4091 * MEBIBYTE },
      { mig: 'unsupported', utilisation: null, powerWatts: null, powerLimitWatts: null, lost: false },
    ]);
    expect(availability.gpus.map(({ available }) => available)).toEqual([false, true]);
    expect(calls()).toEqual([QUERY_ARGS.join(' ')]);
  });

  it('that are lost are named, and the others go on', async () => {
    const { reading, availability } = await lookAt('lost', { query: outputs.LOST_QUERY });

    expect(reading.gpus.map(({ lost }) => lost)).toEqual([false, true]);
    expect(availability.gpus[1]!.reasons.map(({ code }) => code)).toEqual(['gpu-lost']);
  });

  it.each([
    [
      'the driver does not answer',
      { stderr: outputs.NO_DRIVER, code: 9 },
      /couldn't communicate with the NVIDIA driver/,
    ],
    [
      'driver and library differ',
      { query: outputs.MISMATCH, code: 18 },
      /^Failed to initialize NVML: Driver\/library/,
    ],
    ['a field is missing', { query: '0, GPU-1, A100\n' }, /^3 values instead of 13: 0, GPU-1, A100/],
    ['a field is too many', { query: outputs.RTX_QUERY.replace('RTX 4090', 'RTX 4090, new') }, /^14 values/],
    [
      'a figure is none',
      { query: outputs.RTX_QUERY.replace(', 97,', ', hot,') },
      /^utilization.gpu is "hot"/,
    ],
    ['it is nonsense', { query: 'Segmentation fault\n' }, /^1 values/],
    [
      'the XML ends early',
      { query: outputs.R550_QUERY, list: outputs.R550_LIST, xml: outputs.R550_XML.slice(0, 400) },
      /XML ends inside/,
    ],
    ['the XML is none', { query: outputs.R550_QUERY, list: outputs.R550_LIST, xml: '' }, /no nvidia_smi_log/],
    ['it hangs', { wait: 4 }, /^nvidia-smi said nothing for 700 ms/],
  ])('hold the node up when %s, and the reason is told', async (what, answers, words) => {
    const { reading, availability } = await lookAt(what.replaceAll(' ', '-'), answers);

    expect(reading.problem).toEqual({ kind: 'failed', detail: expect.stringMatching(words) });
    expect(availability.reasons).toContainEqual(
      expect.objectContaining({ code: 'gpus-unreadable', found: expect.stringMatching(words) }),
    );
  });

  it('are none without nvidia-smi, and where it finds none', async () => {
    const run = createNvidiaSmi(path.join(dir, 'no-such-program'), { PATH: '/nowhere' });

    expect((await createGpuMonitor({ run }).look()).reading).toMatchObject({
      gpus: [],
      problem: { kind: 'absent' },
    });
    for (const code of [0, 6])
      expect(
        (await lookAt(`none-${code}`, { query: 'No devices were found\n', code })).reading,
      ).toMatchObject({
        gpus: [],
        problem: null,
      });
  });

  it('are not asked again while an earlier question hangs', async () => {
    const { run, calls } = nvidiaSmi('stuck', { wait: 4 });

    await expect(run(QUERY_ARGS)).rejects.toThrow('said nothing');
    await expect(run(LIST_ARGS)).rejects.toThrow('hangs since');
    expect(calls()).toHaveLength(1);
  });

  it('may have units that were asked not to be there', () => {
    const text = outputs.RTX_QUERY.replace(', 97, 24564,', ', 97 %, 24564 MiB,');

    expect(parseQuery(text)[0]).toMatchObject({ utilisation: 97, memoryTotalBytes: 24564 * MEBIBYTE });
    expect(parseMigMemory(outputs.R450_XML).map(({ gpu }) => gpu)).toEqual([1, 1]);
  });
});

describe('a look', () => {
  it('is kept for ten seconds, is made once for all who ask, and then anew', async () => {
    const { run, calls } = nvidiaSmi('cached', { query: outputs.RTX_QUERY });
    let now = 0;
    const monitor = createGpuMonitor({ run, now: () => now });
    const looks = await Promise.all([monitor.look(), monitor.look()]);
    now = 9999;
    looks.push(await monitor.look());
    expect(new Set(looks).size).toBe(1);
    expect(calls()).toHaveLength(1);

    now = 10_000;
    expect(await monitor.look()).not.toBe(looks[0]);
    expect(calls()).toHaveLength(2);
  });

  it('that takes longer than it is kept is waited for, and no other begins beside it', async () => {
    let now = 0;
    const calls: (() => void)[] = [];
    const run = async () => {
      await new Promise<void>((resolve) => calls.push(resolve));
      return outputs.RTX_QUERY;
    };
    const monitor = createGpuMonitor({ run, now: () => now });
    const first = monitor.look();
    now = 10_500;
    const second = monitor.look();
    for (const done of calls) done();

    expect(await second).toBe(await first);
    expect(await second).toMatchObject({ reading: { problem: null } });
    expect(calls).toHaveLength(1);
    const third = monitor.look();
    expect(calls).toHaveLength(2);
    calls[1]!();
    expect(await third).not.toBe(await first);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('at this machine finds processors and memory between nothing and all', async () => {
    const { reading } = await lookAt('here', { query: outputs.RTX_QUERY });

    for (const share of [reading.cpu, reading.memory]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(100);
    }
  });

  it('at a machine counts what works, not what waits for the disk, and what the host took', async () => {
    const proc = path.join(dir, 'proc');
    mkdirSync(proc);
    const write = (line: string) => writeFileSync(path.join(proc, 'stat'), `${line}\ncpu0 1 2 3\nintr 5\n`);
    write('cpu  100 0 100 700 100 0 0 0 50 0');
    const before = await readCpuTimes(proc);
    write('cpu  150 0 110 720 110 0 0 10 90 0');
    const after = await readCpuTimes(proc);

    expect(cpuLoad(before!, after!)).toBe(70);
    expect(cpuLoad(after!, after!)).toBeNull();
    writeFileSync(
      path.join(proc, 'meminfo'),
      'MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n',
    );
    expect(await readMemoryLoad(path.join(proc, 'meminfo'))).toBe(75);
    expect(await readMemoryLoad(path.join(proc, 'none'))).toBeNull();
    expect(await readCpuTimes(path.join(proc, 'none'))).toBeNull();
  });

  it('at a machine full of training finds processors for more, and counts what else is niced', async () => {
    const proc = path.join(dir, 'proc-training');
    /** Recorded on two cores that were at work all the time, two of three programs with the nice of training. */
    const write = (cpu: string, ...processes: readonly [pid: number, userTicks: number, nice: number][]) => {
      mkdirSync(proc, { recursive: true });
      writeFileSync(path.join(proc, 'stat'), `cpu  ${cpu} 0 0\n`);
      for (const [pid, ticks, nice] of processes) {
        mkdirSync(path.join(proc, String(pid)), { recursive: true });
        writeFileSync(path.join(proc, String(pid), 'stat'), `${processStat(pid, ticks, nice)}\n`);
      }
    };
    write('4561429 1842461 856426 3832913 31870 0 40772 16689', [3827, 11, 19], [3828, 18, 19]);
    const first = (await readCpuTimes(proc))!;
    write('4561430 1842846 856446 3832913 31870 0 40772 16689', [3827, 76, 19], [3828, 80, 19]);
    const second = (await readCpuTimes(proc))!;
    write('4561430 1842925 856454 3832913 31870 0 40772 16689', [3827, 83, 19], [3878, 7, 15]);
    const third = (await readCpuTimes(proc))!;
    write('4561432 1843317 856471 3832913 31870 0 40772 16689', [3827, 112, 19], [3878, 83, 15]);
    const fourth = (await readCpuTimes(proc))!;

    expect(cpuLoad(first, second)).toBeCloseTo((100 * (1 + 20)) / 406);
    expect(cpuLoad(third, fourth)).toBeCloseTo((100 * (2 + 17 + 83 - 7)) / 411);
    // Another process has its id since.
    const other = { ...fourth, niced: new Map([['3878 1', 900_000]]) };
    expect(cpuLoad(third, other)).toBeCloseTo((100 * (2 + 17)) / 411);
  });
});

describe('the resource monitor over HTTP', () => {
  const log = createLogger({ TAIN_LOG_LEVEL: 'error' }, 'test');
  const ask = async (monitor: GpuMonitor, url = '/status') => {
    const app = buildMonitorApp(monitor, 'node-1', log);
    try {
      return await app.inject({ method: 'GET', url });
    } finally {
      await app.close();
    }
  };

  it('says of the node and of each GPU what was found, whether it is available, and why not', async () => {
    const { run } = nvidiaSmi('http', {
      query: outputs.R450_QUERY,
      list: outputs.R450_LIST,
      xml: outputs.R450_XML,
    });

    const answer = await ask(createGpuMonitor({ run }));

    expect(answer).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
    const status = answer.json<{ cpu: number; memory: number; gpus: object[] }>();
    expect(status).toMatchObject({ node: 'node-1', at: expect.any(String) as unknown, problem: null });
    expect(status.cpu).toBeGreaterThanOrEqual(0);
    expect(status.memory).toBeGreaterThan(0);
    expect(status.gpus).toMatchObject([
      { index: 0, available: true, reasons: [], utilisation: 0 },
      {
        index: 1,
        available: true,
        utilisation: null,
        migDevices: [{ profile: '3g.20gb' }, { profile: '1g.5gb' }],
      },
    ]);
  });

  it('answers also where nothing can be read, and says that', async () => {
    const { run } = nvidiaSmi('http-broken', { code: 9, stderr: 'NVIDIA-SMI has failed' });

    const answer = await ask(createGpuMonitor({ run, proc: '/nowhere' }));

    expect(answer.json<object>()).toMatchObject({
      ...{ available: false, cpu: null, memory: null, gpus: [] },
      problem: { kind: 'failed', detail: expect.stringContaining('NVIDIA-SMI has failed') as unknown },
      reasons: [{ code: 'gpus-unreadable' }],
    });
    expect((await ask(createGpuMonitor({ run }), '/elsewhere')).statusCode).toBe(404);
  });
});
