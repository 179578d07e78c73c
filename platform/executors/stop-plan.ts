/** Brings a run to its end as it was asked: notice, SIGTERM to all, SIGKILL to all. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { isAlive, sendSignal, type ProcessIdentity } from '../embedded/process.ts';
import { replace, type JobFiles, type StopAsk } from './job-files.ts';
import type { JobProcesses } from './job-processes.ts';
import type { CheckpointNotice } from '../../contracts/job-run.ts';

export type StopPlan = {
  /** Looks for an ask and takes the step that is due. @returns whether the end may be forced now */
  step(): Promise<'wait' | 'kill'>;
  readonly asked: StopAsk | null;
  /** Whether more than a notice was sent. */
  readonly pressed: boolean;
};

/** @param now milliseconds of a clock that is never set */
export function createStopPlan(
  files: JobFiles,
  program: ProcessIdentity,
  processes: JobProcesses,
  now: () => number = () => performance.now(),
): StopPlan {
  let asked: StopAsk | null = null;
  let pressed = false;
  let terminateAt = Infinity;
  let killAt = Infinity;

  const adopt = async (ask: StopAsk): Promise<void> => {
    asked = ask;
    if (ask.kill) {
      pressed = true;
      killAt = now();
      return;
    }
    // What stands still hears nothing.
    await processes.thaw();
    const noticed = !pressed && ask.noticeMs > 0 && giveNotice(files, program, noticeOf(ask));
    if (!pressed) terminateAt = now() + (noticed ? ask.noticeMs : 0);
    killAt = (pressed ? now() : terminateAt) + ask.graceMs;
  };

  return {
    get asked() {
      return asked;
    },
    get pressed() {
      return pressed;
    },
    async step() {
      const ask = files.readAsk();
      if (ask && ask.id !== asked?.id) await adopt(ask);
      if (!pressed && now() >= terminateAt) {
        pressed = true;
        processes.signal('SIGTERM');
      }
      return now() >= killAt ? 'kill' : 'wait';
    },
  };
}

const noticeOf = ({ reason, noticeMs }: StopAsk): CheckpointNotice => ({
  reason,
  secondsLeft: Math.floor(noticeMs / 1000),
  then: 'exit',
});

/**
 * Writes the notice and sends SIGUSR1, if the program has a handler for it: who has none would die.
 * @returns whether it was told
 */
export function giveNotice(files: JobFiles, program: ProcessIdentity, notice: CheckpointNotice): boolean {
  if (!isAlive(program) || !catches(program.pid, os.constants.signals.SIGUSR1)) return false;
  replace(files.notice, notice);
  return sendSignal(program.pid, 'SIGUSR1');
}

/**
 * Whether a process has a handler for a signal and does not hold it off: its masks SigCgt and SigBlk in
 * /proc/PID/status, proc_pid_status(5).
 */
function catches(pid: number, signal: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const has = (mask: string): boolean => {
      const bits = new RegExp(`^${mask}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1];
      return bits !== undefined && ((BigInt(`0x${bits}`) >> BigInt(signal - 1)) & 1n) === 1n;
    };
    return has('SigCgt') && !has('SigBlk');
  } catch {
    return false;
  }
}
