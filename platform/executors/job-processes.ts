/** All processes of a run as one thing: found, measured, frozen, signalled and killed, by whatever means there are. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, sendSignal, type ProcessIdentity } from '../embedded/process.ts';
import { openJobCgroup, type JobCgroup } from './job-cgroup.ts';
import {
  createMemberFinder,
  measureUsage,
  type Member,
  type MemberFinder,
  type Usage,
} from './job-members.ts';

export type JobProcesses = {
  members(): Member[];
  /** Of the living; where there is a cgroup, processor time is of all that ever were. */
  usage(members: readonly ProcessIdentity[]): Usage;
  isFrozen(members: readonly Member[]): boolean;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** A signal to each of them. */
  signal(signal: NodeJS.Signals): void;
  /**
   * SIGKILL until none is left.
   * @returns how many there were; null when some cannot be ended within `ms`
   */
  kill(ms: number): Promise<number | null>;
};

/** A program that forks faster than it is stopped is stopped in the end: what stands still forks no more. */
const MAX_ROUNDS = 200;
const ROUND_MS = 5;

/**
 * @param key of the run (jobFiles)
 * @param cgroupParent where its cgroup is, when it has one
 * @param root the program, when it is known
 */
export function openJobProcesses(
  key: string,
  cgroupParent: string | null,
  root: ProcessIdentity | null,
): JobProcesses {
  const cgroup = cgroupParent === null ? null : openJobCgroup(cgroupParent, key);
  const finder = createMemberFinder(key, root);
  return {
    members: () => (cgroup ? cgroup.members() : finder.find()),
    usage(members) {
      const usage = measureUsage(members);
      return cgroup ? { ...usage, cpuMs: Math.round(cgroup.cpuMs()) } : usage;
    },
    isFrozen: (members) =>
      cgroup ? cgroup.isFrozen() : members.length > 0 && members.every(({ stopped }) => stopped),
    freeze: () => (cgroup ? cgroup.freeze() : stopAll(finder)),
    async thaw() {
      cgroup?.thaw();
      // Also with a cgroup: what was stopped by a signal before goes on as well. And to all: a stop may be still to come.
      for (const member of (cgroup ?? { members: finder.find }).members()) signalOne(member, 'SIGCONT');
    },
    signal(signal) {
      for (const member of cgroup ? cgroup.members() : finder.find()) signalOne(member, signal);
    },
    kill: (ms) => killAll(cgroup, finder, ms),
  };
}

/** Its start time is looked at again just before: pids are reused. */
function signalOne(member: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isAlive(member)) sendSignal(member.pid, signal);
}

/** Rounds until one finds nobody who runs. */
async function stopAll(finder: MemberFinder): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const running = finder.find().filter(({ stopped }) => !stopped);
    if (running.length === 0) return;
    for (const member of running) signalOne(member, 'SIGSTOP');
    await sleep(ROUND_MS);
  }
}

async function killAll(cgroup: JobCgroup | null, finder: MemberFinder, ms: number): Promise<number | null> {
  const seen = new Set<number>();
  const look = (): Member[] => {
    // Both ways: a process that was started into the run from outside of its cgroup has its name all the same.
    const found = [...(cgroup?.members() ?? []), ...finder.find()];
    for (const { pid } of found) seen.add(pid);
    return found;
  };
  look();
  if (!cgroup) await stopAll(finder);
  const end = performance.now() + ms;
  for (;;) {
    cgroup?.kill();
    const members = look();
    if (members.length === 0) return seen.size;
    if (performance.now() > end) return null;
    for (const member of members) signalOne(member, 'SIGKILL');
    await sleep(ROUND_MS);
  }
}
