import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EXIT_CONFIG, ROOT_DIR } from '../../platform/config.ts';
import { NICE_OF_ROLE } from '../../platform/embedded/host-priority.ts';
import { WORKER_OPTIONS } from '../../workers/run.ts';

const DIR = path.join(ROOT_DIR, 'infra', 'systemd');
const NAMES = readdirSync(DIR).filter((name) => name.endsWith('.service'));

type Unit = Readonly<Record<string, string>>;

/** The settings of a unit as "Section.Key". Each stands once. */
function readUnit(name: string): Unit {
  const settings: Record<string, string> = {};
  let section = '';
  for (const line of readFileSync(path.join(DIR, name), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[(\w+)\]$/.exec(line)?.[1];
    if (header) {
      section = header;
      continue;
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`${name}: "${line}" is no setting.`);
    if (Object.hasOwn(settings, `${section}.${key}`)) throw new Error(`${name}: ${key} stands twice.`);
    settings[`${section}.${key}`] = value!;
  }
  return settings;
}

const roleOf = (name: string): string => /^tain-(.+)\.service$/.exec(name)![1]!;
const seconds = (text: string): number => Number(/^(\d+) seconds?$/.exec(text)![1]);
const weight = (role: string, kind: 'CPUWeight' | 'IOWeight'): number =>
  Number(readUnit(`tain-${role}.service`)[`Service.${kind}`]);

describe('the units for systemd', () => {
  it.each(NAMES)('%s stands back as far as its role does under tain up', (name) => {
    expect(readUnit(name)['Service.Nice']).toBe(String(NICE_OF_ROLE[roleOf(name)] ?? 0));
  });

  it('give realtime the most of cores and disk, and batch the least', () => {
    for (const kind of ['CPUWeight', 'IOWeight'] as const) {
      expect(weight('realtime', kind)).toBeGreaterThan(weight('api', kind));
      expect(weight('api', kind)).toBeGreaterThan(weight('batch', kind));
    }
  });

  it.each(NAMES)('%s is stopped in time, started again, and not when its configuration is wrong', (name) => {
    const unit = readUnit(name);
    const { shutdownGraceTime, shutdownForceTime } = WORKER_OPTIONS;

    expect(Number(unit['Service.TimeoutStopSec'])).toBeGreaterThan(
      seconds(shutdownGraceTime) + seconds(shutdownForceTime) + 5,
    );
    expect(unit).toMatchObject({
      'Service.KillSignal': 'SIGTERM',
      'Service.Restart': 'always',
      'Service.RestartPreventExitStatus': String(EXIT_CONFIG),
      'Unit.StartLimitIntervalSec': '0',
    });
  });

  it.each(NAMES)('%s may do what it needs and no more', (name) => {
    const unit = readUnit(name);

    expect(unit).toMatchObject({
      'Service.User': 'tain',
      'Service.NoNewPrivileges': 'yes',
      'Service.ProtectSystem': 'strict',
      'Service.CapabilityBoundingSet': '',
    });
    // V8 makes code, and the governor reads /proc/pressure.
    expect(unit).not.toHaveProperty(['Service.MemoryDenyWriteExecute']);
    expect(unit).not.toHaveProperty(['Service.ProcSubset']);
  });

  const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  if (!hasAnalyze)
    process.stderr.write('SKIPPED: systemd-analyze is not here, so no unit is verified by it.\n');
  (hasAnalyze ? it : it.skip)('are units to systemd itself', () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'tain-units-'));
    try {
      const files = NAMES.map((name) => {
        const text = readFileSync(path.join(DIR, name), 'utf8');
        writeFileSync(path.join(dir, name), text.replaceAll('/opt/tain', ROOT_DIR));
        return path.join(dir, name);
      });
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], {
        encoding: 'utf8',
      });
      // Other units of the machine are not ours to judge. systemd has DelegateSubgroup since 254; one that does not
      // know it leaves the worker among the runs, whose memory is then looked at and not kept by the kernel.
      const ours = stderr
        .split('\n')
        .filter((line) => line.includes('tain-') && !line.includes("Unknown key 'DelegateSubgroup'"));
      expect({ ours, status }).toEqual({ ours: [], status: 0 });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
