/** tain gpu submit, queue, show, why, cancel, reprioritise, extend, what-if: training jobs. */
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type {
  GpuArrayChange,
  GpuExplanation,
  GpuJobDetail,
  GpuJobView,
  GpuQueueView,
  GpuWhatIfView,
} from '../../contracts/gpu-jobs.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi } from '../api-client.ts';
import { parseCount, parseName } from '../arguments.ts';
import { formatTable, plain, print } from '../print.ts';
import { formatTime } from '../reader.ts';

/** A person waits; a frozen engine does not say so. */
const DEADLINE_MS = 30_000;

const connect = () => connectApi(loadConfig(), DEADLINE_MS);

type OrderOptions = {
  readonly config: string;
  readonly workdir: string;
  readonly user?: string;
  readonly template?: string;
  readonly set?: Readonly<Record<string, string | number>>;
  readonly gpus?: number;
  readonly model?: string;
  readonly mig?: string;
  readonly shares?: number;
  readonly cpus?: number;
  readonly memory?: number;
  readonly minutes?: number;
  readonly qos?: string;
  readonly nice?: number;
  readonly after?: readonly string[];
  readonly hold?: true;
};

type ArrayOptions = { readonly array?: number; readonly atOnce?: number };

export function addGpuJobs(gpu: Command): void {
  withOrder(gpu.command('submit').description('submit a training job, or many that differ by their number'))
    .option(
      '--array <tasks>',
      'so many jobs; {index} in config, workdir and parameters is the number',
      parseCount,
    )
    .option('--at-once <count>', 'so many of the array run at once', parseCount)
    .action(async ({ array: tasks, atOnce, ...options }: OrderOptions & ArrayOptions) => {
      const api = await connect();
      if (tasks === undefined) {
        const { jobId } = await api.submitGpuJob(orderOf(options));
        return print(`${jobId} is queued. Why it waits: ./tain gpu why ${jobId}`);
      }
      const { jobs } = await api.submitGpuArray({ ...orderOf(options), tasks, atOnce });
      print(
        `${jobs.length} jobs are queued, ${jobs[0]!.jobId} to ${jobs.at(-1)!.jobId}. Their order: ./tain gpu queue. ` +
          `To end all: ./tain gpu cancel ${jobs[0]!.array!.id} --reason …`,
      );
    });
  withOrder(gpu.command('what-if').description('when a job would start if it were submitted now')).action(
    async (options: OrderOptions) => printWhatIf(await (await connect()).imagineGpuJob(orderOf(options))),
  );
  gpu
    .command('queue')
    .description('what runs, and what waits in which order')
    .option('--json', 'print it as the API answers')
    .action(async ({ json }: { json?: true }) => {
      const queue = await (await connect()).gpuQueue();
      if (json) print(JSON.stringify(queue, null, 2));
      else printQueue(queue);
    });
  gpu
    .command('show <job>')
    .description('a job: where it is, what became of it, what it was billed')
    .option('--json', 'print it as the API answers')
    .action(async (job: string, { json }: { json?: true }) => {
      const detail = await (await connect()).gpuJob(job);
      if (json) print(JSON.stringify(detail, null, 2));
      else printDetail(detail);
    });
  gpu
    .command('why <job>')
    .description('why a job waits, and when it will start')
    .action(async (job: string) => {
      const { job: view, explanation } = await (await connect()).gpuJob(job);
      print(describeJob(view));
      if (explanation) printExplanation(explanation);
    });
  const operate = (operation: 'cancel' | 'hold' | 'release' | 'requeue', what: string): void =>
    void gpu
      .command(`${operation} <job>`)
      .description(`${what}; or all tasks of an array by its id`)
      .requiredOption('--reason <text>', 'why; it is shown, and kept in the audit log')
      .action(async (id: string, options: { reason: string }) => {
        const api = await connect();
        if (ARRAY_ID.test(id)) printArrayChange(await api.operateGpuArray(id, operation, options));
        else print(describeJob(await api.operateGpuJob(id, operation, options)));
      });
  operate('cancel', 'cancel a job; what runs is ended, and its devices are freed');
  operate('hold', 'hold a job until it is released');
  operate('release', 'let a job that is held go on');
  operate('requeue', 'have what runs make way and wait again, from its checkpoint');
  const change = (operation: 'reprioritise' | 'extend', what: string): Command =>
    gpu
      .command(`${operation} <job>`)
      .description(what)
      .requiredOption('--reason <text>', 'why; it is shown, and kept in the audit log');
  change('reprioritise', 'change how far a job stands back, or its quality of service')
    .option('--nice <n>', 'how far it stands back behind others', parseNumber)
    .option('--qos <name>', 'quality of service')
    .action(async (id: string, wish: { nice?: number; qos?: string; reason: string }) =>
      print(describeJob(await (await connect()).operateGpuJob(id, 'reprioritise', wish))),
    );
  change('extend', 'give a job another walltime')
    .requiredOption('--minutes <count>', 'of all, from its start', parseNumber)
    .action(async (id: string, { minutes, reason }: { minutes: number; reason: string }) => {
      const wish = { walltimeMinutes: minutes, reason };
      print(describeJob(await (await connect()).operateGpuJob(id, 'extend', wish)));
    });
}

/** Ids of arrays, which those of their tasks begin with. */
const ARRAY_ID = /^a-[0-9a-f]+$/;

const withOrder = (command: Command): Command =>
  command
    .requiredOption('--config <file>', 'configuration, below the folders for training (TAIN_GPU_ROOTS)')
    .requiredOption('--workdir <folder>', 'where it works, below them too')
    .option('--user <name>', 'whose it is; absent: yours', parseName)
    .option('--template <name>', 'what is run')
    .option('--set <name=value>', 'a parameter of the template; may be given several times', collectParameter)
    .option('--gpus <count>', 'whole GPUs, or instances of --mig', parseCount)
    .option('--model <model>', 'of which model; absent: any')
    .option('--mig <profile>', 'instances of a MIG profile like 1g.10gb')
    .option('--shares <tenths>', 'so many tenths of a shared GPU', parseCount)
    .option('--cpus <count>', 'processors', parseNumber)
    .option('--memory <MiB>', 'memory', parseCount)
    .option('--minutes <count>', 'its walltime', parseNumber)
    .option('--qos <name>', 'quality of service')
    .option('--nice <n>', 'how far it stands back behind others', parseNumber)
    .option('--after <job...>', 'jobs that must succeed before')
    .option('--hold', 'held until it is released');

function orderOf(options: OrderOptions): object {
  const { config, workdir, user, template, set, gpus, model, mig, shares, cpus, memory, minutes } = options;
  const { qos, nice, after, hold } = options;
  const resources = { gpus, model, migProfile: mig, shares, cpus, memoryMib: memory };
  // What is not given is left out of the JSON, and the API's default counts.
  return {
    ...{
      config: path.resolve(config),
      workdir: path.resolve(workdir),
      user,
      template,
      parameters: set,
      resources,
    },
    ...{ walltimeMinutes: minutes, qos, nice, hold, dependsOn: after?.map((job) => ({ job })) },
  };
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Numbers as numbers: the template says what is one. */
function collectParameter(text: string, known: Readonly<Record<string, string | number>> = {}) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must look like name=value.');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  const isNumber = value.trim() !== '' && Number.isFinite(Number(value));
  return { ...known, [name]: isNumber ? Number(value) : value };
}

function describeJob({ jobId, user, state, cause, isHeld, wanted, isFrozen, attempt }: GpuJobView): string {
  const notes = [
    ...(cause === null ? [] : [cause]),
    ...(isHeld ? ['held'] : []),
    ...(wanted === null ? [] : [`${wanted} wanted`]),
    ...(isFrozen ? ['stands still'] : []),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
  ];
  return `${jobId} of ${plain(user)}: ${state}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

function printArrayChange({ changed, tasks }: GpuArrayChange): void {
  for (const { job, problem } of tasks)
    print(problem === null ? describeJob(job) : `${describeJob(job)}: not changed: ${plain(problem)}`);
  print(`${changed} of ${tasks.length} were changed.`);
}

const when = (instant: string | null): string => (instant === null ? '-' : formatTime(instant));

function printExplanation({
  position,
  plannedStart,
  startP50,
  startP90,
  blockers,
  priority,
  fairShare,
  cost,
}: GpuExplanation): void {
  for (const { text } of blockers) print(`  ${plain(text)}`);
  if (blockers.length === 0) print('  It starts with the next plan.');
  const share =
    fairShare && `${(100 * fairShare.use).toFixed(1)} % used of ${(100 * fairShare.share).toFixed(1)} %`;
  print(
    formatTable([
      ['  position', position === null ? 'not in the order' : String(position)],
      ['  planned start', when(plannedStart)],
      ['  half of such jobs by', when(startP50)],
      ['  nine of ten by', when(startP90)],
      ...(share ? [['  share', share]] : []),
      ...(cost ? [['  cost', `${cost.currency} ${cost.expected} expected, ${cost.most} at most`]] : []),
    ]),
  );
  if (!priority) return;
  print(
    formatTable([
      ['  priority', String(Math.round(priority.total))],
      ...Object.entries(priority.parts).map(([name, { factor, weight, points }]) => [
        ...[`    ${name}`, `${points.toFixed(1)} = ${factor.toFixed(4)} × ${weight}`],
      ]),
      ['    nice', String(-priority.nice)],
    ]),
  );
}

function printQueue({ isHeld, running, waiting }: GpuQueueView): void {
  if (isHeld) print('Training is held: nothing starts. Why: ./tain priority');
  if (running.length + waiting.length === 0) return print('Nothing runs and nothing waits.');
  print(
    formatTable([
      ['', 'job', 'user', 'state', 'GPUs', 'planned start', 'why'],
      ...running.map((job) => ['', job.jobId, plain(job.user), job.state, describeSize(job), '', '']),
      ...waiting.map(({ job, explanation: { position, plannedStart, blockers } }) => [
        ...[
          position === null ? '-' : String(position),
          job.jobId,
          plain(job.user),
          job.state,
          describeSize(job),
        ],
        ...[when(plannedStart), plain(blockers[0]?.text ?? 'It starts with the next plan.')],
      ]),
    ]),
  );
}

const describeSize = ({ resources: { gpus, model, migProfile, shares } }: GpuJobView): string =>
  [
    shares !== null ? `${shares}/10` : migProfile !== null ? `${gpus} × ${migProfile}` : String(gpus),
    model ?? '',
  ]
    .filter(Boolean)
    .join(' ');

function printDetail({ job, explanation, dependsOn, billed, timeline }: GpuJobDetail): void {
  print(describeJob(job));
  if (explanation) printExplanation(explanation);
  print(
    formatTable([
      ['  template', plain(job.template)],
      ['  GPUs', describeSize(job)],
      ['  folder', plain(job.workdir)],
      ...dependsOn.map(({ job: other, condition, state }) => [
        ...[
          condition === 'success' ? '  after success of' : '  after the end of',
          `${other ?? '-'} (${state})`,
        ],
      ]),
      [
        '  billed',
        `${billed.gpuSeconds.toFixed(1)} GPU seconds, ${billed.keptGpuSeconds.toFixed(1)} of them kept`,
      ],
      ...(job.checkpoint
        ? [['  checkpoint', `step ${job.checkpoint.step}, ${formatTime(job.checkpoint.at)}`]]
        : []),
    ]),
  );
  print(
    formatTable(
      timeline.map(({ at, kind, state, cause, by, reason }) => [
        ...[`  ${formatTime(at)}`, state ?? kind, cause ?? '', plain(by), plain(reason ?? '')],
      ]),
    ),
  );
}

function printWhatIf({ explanation, displaced, others }: GpuWhatIfView): void {
  printExplanation(explanation);
  if (displaced.length === 0 && others === 0) return print('  It would keep nobody waiting.');
  if (others > 0) print(`  It would change when jobs of others start: ${others}.`);
  if (displaced.length === 0) return;
  print(
    formatTable([
      ['  job', 'would start', 'instead of'],
      ...displaced.map(({ job, from, to }) => [`  ${job}`, when(to), when(from)]),
    ]),
  );
}
