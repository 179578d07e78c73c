/**
 * The programs' own proof that no device is given away twice: each takes a lock on every device that
 * CUDA_VISIBLE_DEVICES names, by a file that names its holder's pid and start time, and writes down when it took and
 * left it. Nothing of Tain's tables is asked.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { lockHolder, tryLock, type Lock } from '../../platform/embedded/lock.ts';

export type DeviceTaken = {
  readonly device: string;
  /** Who has it; null when it is gone already, or unreadable. */
  readonly holder: number | null;
};

export type DeviceLocks = { release(): void };

/** What a line of `<device>.log` says. */
export type DeviceEvent = {
  readonly event: 'taken' | 'released' | 'refused';
  readonly job: string;
  readonly pid: number;
  /** ISO 8601 */
  readonly at: string;
};

/** Names of devices are indices and UUIDs; anything else would be a path. */
const DEVICE = /^[A-Za-z0-9-]{1,80}$/;

/** The devices of CUDA_VISIBLE_DEVICES, each once. @throws Error naming what is no device */
export function readDevices(text: string): readonly string[] {
  const devices = [
    ...new Set(
      text
        .split(',')
        .map((device) => device.trim())
        .filter(Boolean),
    ),
  ];
  const odd = devices.find((device) => !DEVICE.test(device));
  if (odd !== undefined)
    throw new Error(`CUDA_VISIBLE_DEVICES names ${JSON.stringify(odd)}, which is no device.`);
  return devices;
}

/**
 * Takes all of them, or none and says which one is taken.
 * @param folder of the locks, the same for all programs of a machine
 */
export function takeDevices(
  folder: string,
  devices: readonly string[],
  job: string,
): DeviceLocks | DeviceTaken {
  const held: { device: string; lock: Lock }[] = [];
  const write = (device: string, event: DeviceEvent['event']): void => {
    const line: DeviceEvent = { event, job, pid: process.pid, at: new Date().toISOString() };
    appendFileSync(path.join(folder, `${device}.log`), `${JSON.stringify(line)}\n`);
  };
  const release = (): void => {
    for (const { device, lock } of held.splice(0)) {
      // Written down first: whoever takes it next writes behind this.
      write(device, 'released');
      lock.release();
    }
  };
  // In one order for all, so that two that want the same do not each get one of them.
  for (const device of [...devices].sort()) {
    const file = path.join(folder, `${device}.lock`);
    const lock = tryLock(file);
    if (!lock) {
      const holder = lockHolder(file)?.pid ?? null;
      write(device, 'refused');
      release();
      return { device, holder };
    }
    held.push({ device, lock });
    write(device, 'taken');
  }
  return { release };
}
