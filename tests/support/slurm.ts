/** A real Slurm on this machine: one controller, several nodes on loopback that claim what they are told to have. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { choosePort } from '../../platform/embedded/ports.ts';
import { spawnEngine, type RunningProcess } from '../../platform/embedded/process.ts';
import type { SlurmProgram, SlurmPrograms } from './slurm-programs.ts';
import { until } from './until.ts';

const execute = promisify(execFile);

export type SlurmNode = { readonly name: string; readonly cpus: number; readonly memoryMib: number };

export type SlurmJob = {
  readonly nodes: number;
  /** Of each node. */
  readonly cpus: number;
  readonly memoryMib: number;
  readonly minutes: number;
  readonly nice: number;
};

/** What Slurm says of a job. Instants are milliseconds; null: it has not planned it yet. */
export type SlurmSays = {
  readonly state: string;
  readonly priority: number;
  readonly startAt: number | null;
  readonly nodes: string;
};

export type Slurm = {
  /** Queues a job that does not start before `open`; gives its number. */
  submit(job: SlurmJob): Promise<number>;
  /** Lets jobs start, all at one moment, and waits until backfill has planned those that do not. */
  open(): Promise<void>;
  look(): Promise<ReadonlyMap<number, SlurmSays>>;
  /** Normalised job sizes of waiting jobs, of all factors the only one that is neither time nor kept in its database. */
  sizes(): Promise<ReadonlyMap<number, number>>;
  stop(): Promise<void>;
};

const STOP_MS = 3000;

/** Folders are named after the process that they belong to. */
const PREFIX = 'tain-slurm-';

/**
 * Starts it. Nodes are preferred in the order in which they are given.
 * @param priority lines of slurm.conf
 * @throws StartError or what Slurm says; nothing is left behind then
 */
export async function startSlurm(
  { programs, unpacked }: SlurmPrograms,
  nodes: readonly SlurmNode[],
  priority: readonly string[],
): Promise<Slurm> {
  sweepLeftovers();
  const dir = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  const conf = path.join(dir, 'slurm.conf');
  const env = {
    ...process.env,
    SLURM_CONF: conf,
    TZ: 'UTC',
    ...(unpacked && { LD_LIBRARY_PATH: unpacked.libraryPath }),
  };
  const engines: RunningProcess[] = [];
  const start = (program: SlurmProgram, args: readonly string[], name: string = program): void => {
    const log = path.join(dir, `${name}.out`);
    engines.push(spawnEngine({ name, command: programs[program], args, env, log, cwd: dir }));
  };
  const ask = async (program: SlurmProgram, ...args: string[]): Promise<string> =>
    (await execute(programs[program], args, { env, timeout: 10_000 })).stdout;

  const stop = async (): Promise<void> => {
    for (const engine of engines.reverse()) await engine.stop('SIGTERM', STOP_MS);
    endAllOf(conf);
    rmSync(dir, { recursive: true, force: true });
  };

  try {
    const key = path.join(dir, 'munge.key');
    writeFileSync(key, randomBytes(64), { mode: 0o600 });
    const own = ['socket', 'pid-file', 'log-file', 'seed-file'].map(
      (name) => `--${name}=${dir}/munge.${name}`,
    );
    start('munged', ['--foreground', '--force', '--num-threads=1', `--key-file=${key}`, ...own]);
    const ports: number[] = [];
    for (let next = 26_000 + (process.pid % 200) * 10; ports.length <= nodes.length; next = ports.at(-1)! + 1)
      ports.push(await choosePort(undefined, next, 'a port of Slurm'));
    for (const { name } of nodes) mkdirSync(path.join(dir, name));
    mkdirSync(path.join(dir, 'state'));
    writeFileSync(conf, configOf(dir, nodes, ports, [...priority, ...pluginsOf(unpacked?.pluginDir)]));
    start('slurmctld', ['-D', '-c']);
    for (const { name } of nodes) start('slurmd', ['-D', '-N', name, '-d', programs.slurmstepd], name);
    await until(async () => {
      const states = (await ask('sinfo', '-h', '-N', '-o', '%T')).trim().split('\n');
      if (states.length !== nodes.length || states.some((state) => state !== 'idle'))
        throw new Error(`Slurm's nodes are ${states.join(', ')}: ${lastLines(engines)}`);
    });
  } catch (error) {
    await stop();
    throw error;
  }

  const look = async () => new Map(records(await ask('scontrol', '-o', 'show', 'job')).map(readJob));
  return {
    look,
    stop,
    async submit({ nodes: count, cpus, memoryMib, minutes, nice }) {
      const size = [`-N${count}`, `-n${count}`, '--ntasks-per-node=1', `-c${cpus}`, `--mem=${memoryMib}`];
      const plain = [
        '--parsable',
        '-D/',
        '-o/dev/null',
        `-t${minutes}`,
        `--nice=${nice}`,
        '--wrap=sleep 7200',
      ];
      return Number(await ask('sbatch', ...size, ...plain));
    },
    async open() {
      await ask('scontrol', 'update', 'PartitionName=all', 'State=UP');
      const from = await cycles(ask);
      await until(async () => {
        const jobs = [...(await look()).values()];
        if (
          !jobs.every(
            ({ state, startAt }) => state === 'RUNNING' || (state === 'PENDING' && startAt !== null),
          )
        )
          throw new Error(`Slurm has not planned all jobs: ${JSON.stringify(jobs)}`);
        if ((await cycles(ask)) < from + 2) throw new Error('Slurm has not backfilled twice');
      });
    },
    async sizes() {
      const lines = (await ask('sprio', '-h', '-o', '%i %j')).trim().split('\n');
      return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
    },
  };
}

const pluginsOf = (pluginDir: string | undefined): string[] => (pluginDir ? [`PluginDir=${pluginDir}`] : []);

function configOf(
  dir: string,
  nodes: readonly SlurmNode[],
  ports: readonly number[],
  more: readonly string[],
) {
  const user = os.userInfo().username;
  return [
    'ClusterName=oracle',
    'SlurmctldHost=localhost(127.0.0.1)',
    `SlurmctldPort=${ports[0]}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    `AuthInfo=socket=${dir}/munge.socket`,
    `StateSaveLocation=${dir}/state`,
    `SlurmdSpoolDir=${dir}/%n`,
    `SlurmctldPidFile=${dir}/slurmctld.pid`,
    `SlurmdPidFile=${dir}/%n/pid`,
    'SlurmdParameters=config_overrides',
    'ProctrackType=proctrack/pgid',
    'TaskPlugin=task/none',
    'MpiDefault=none',
    'MailProg=/bin/true',
    'ReturnToService=2',
    'KillWait=1',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU_Memory',
    'SchedulerType=sched/backfill',
    // Without bf_window_linear it takes running jobs as one that end minutes apart.
    'SchedulerParameters=bf_interval=1,bf_window_linear=1,bf_resolution=1,bf_window=20160',
    'PriorityType=priority/multifactor',
    ...more,
    ...nodes.map(
      ({ name, cpus, memoryMib }, at) =>
        `NodeName=${name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports[at + 1]} ` +
        `CPUs=${cpus} RealMemory=${memoryMib} Weight=${at + 1}`,
    ),
    // Jobs are taken while it is down and none starts, so that all of them are there at one moment.
    'PartitionName=all Nodes=ALL Default=YES State=DOWN MaxTime=INFINITE',
    '',
  ].join('\n');
}

const lastLines = (engines: readonly RunningProcess[]): string =>
  engines.flatMap((engine) => engine.lastLogLines(3)).join(' | ');

async function cycles(ask: (program: SlurmProgram, ...args: string[]) => Promise<string>): Promise<number> {
  const text = await ask('sdiag');
  return Number(/Backfilling stats[\s\S]*?Total cycles: (\d+)/.exec(text)?.[1] ?? 0);
}

const records = (text: string): Record<string, string>[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('JobId='))
    .map((line) => {
      const fields = [...line.matchAll(/(\S+?)=(\S*)/g)];
      return Object.fromEntries(fields.map(([, name = '', value = '']): [string, string] => [name, value]));
    });

function readJob(fields: Record<string, string>): [number, SlurmSays] {
  const instant = (name: string): number | null => {
    const at = Date.parse(`${fields[name]}Z`);
    return Number.isNaN(at) ? null : at;
  };
  const says = {
    state: fields['JobState'] ?? '',
    priority: Number(fields['Priority']),
    startAt: instant('StartTime'),
    nodes: fields['NodeList'] || fields['SchedNodeList'] || '',
  };
  return [Number(fields['JobId']), says];
}

/** Ends what has the configuration in its environment: jobs stand in process groups of their own. */
function endAllOf(conf: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (Number(pid) !== process.pid && env.includes(`SLURM_CONF=${conf}`))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It is gone, or another user's.
    }
  }
}

/** Ends and removes what test runs left behind that were killed. */
function sweepLeftovers(): void {
  for (const name of readdirSync(os.tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const dir = path.join(os.tmpdir(), name);
    const owner = Number(name.slice(PREFIX.length).split('-')[0]);
    if (existsSync(`/proc/${owner}`) || statSync(dir).uid !== os.userInfo().uid) continue;
    endAllOf(path.join(dir, 'slurm.conf'));
    rmSync(dir, { recursive: true, force: true });
  }
}
