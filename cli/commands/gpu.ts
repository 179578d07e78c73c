/** tain gpu: nodes of GPUs, what is free, what was used, and what it costs. */
import type { Command } from 'commander';
import type { GpuCapacityView, GpuCostView, GpuNodeView, GpuUsageView } from '../../contracts/gpu.schema.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectApi } from '../api-client.ts';
import { parseDate, parseName } from '../arguments.ts';
import { formatTable, plain, print } from '../print.ts';
import { formatTime } from '../reader.ts';
import { addGpuJobs } from './gpu-jobs.ts';
import { addGpuLogs } from './gpu-logs.ts';

/** A person waits; a frozen engine does not say so. */
const DEADLINE_MS = 30_000;

const connect = () => connectApi(loadConfig(), DEADLINE_MS);

type Period = { readonly from?: string; readonly to?: string; readonly user?: string; readonly json?: true };

export function addGpu(program: Command): void {
  const gpu = program.command('gpu').description('GPU training: jobs, nodes, what is free, use and cost');
  addGpuJobs(gpu);
  addGpuLogs(gpu);
  addNode(gpu);
  addDevice(gpu);
  gpu
    .command('capacity')
    .description('what there is of GPUs, and what is free')
    .option('--json', 'print it as the API answers')
    .action(async ({ json }: { json?: true }) =>
      show(await (await connect()).gpuCapacity(), json, printCapacity),
    );
  withPeriod(gpu.command('usage').description('what cards and jobs used'))
    .option('--hourly', 'by the hour; absent: by the day')
    .action(async ({ json, hourly, ...period }: Period & { hourly?: true }) => {
      const query = { ...period, step: hourly ? 'hour' : 'day' };
      show(await (await connect()).gpuUsage(query), json, printUsage);
    });
  withPeriod(gpu.command('cost').description('what GPUs cost, by user and job')).action(
    async ({ json, ...period }: Period) =>
      show(await (await connect()).gpuCost({ ...period }), json, printCost),
  );
}

const withPeriod = (command: Command): Command =>
  command
    .option('--from <YYYY-MM-DD>', 'first day, UTC; absent: six days before the last', parseDate)
    .option('--to <YYYY-MM-DD>', 'last day; absent: today', parseDate)
    .option('--user <name>', 'of one user; absent: of all whom you may see', parseName)
    .option('--json', 'print it as the API answers');

function addNode(gpu: Command): void {
  const node = gpu.command('node').description('nodes of GPUs');
  node
    .command('list', { isDefault: true })
    .description('list nodes and their cards')
    .option('--json', 'print it as the API answers')
    .action(async ({ json }: { json?: true }) =>
      show(await (await connect()).gpuNodes(), json, ({ nodes }) => printNodes(nodes)),
    );
  const operate = (operation: 'drain' | 'resume', what: string): void =>
    void node
      .command(`${operation} <node>`)
      .description(what)
      .requiredOption('--reason <text>', 'why; it is shown, and kept in the audit log')
      .action(async (name: string, { reason }: { reason: string }) =>
        printNodes([await (await connect()).operateGpuNode(name, operation, { reason })]),
      );
  operate('drain', 'let nothing more start on a node; what runs goes on');
  operate('resume', 'let jobs start on it again');
}

function addDevice(gpu: Command): void {
  const device = gpu.command('device').description('single cards of a node');
  const operate = (operation: 'drain' | 'resume' | 'retire', what: string): void =>
    void device
      .command(`${operation} <device>`)
      .description(what)
      .requiredOption('--reason <text>', 'why; it is shown, and kept in the audit log')
      .action(async (id: string, { reason }: { reason: string }) =>
        printNodes((await (await connect()).operateGpuDevice(id, operation, { reason })).nodes),
      );
  operate('drain', 'let nothing more start on a card; what runs goes on');
  operate('resume', 'let jobs start on it again');
  operate('retire', 'take it out of service for good');
}

function show<View>(view: View, json: true | undefined, printView: (view: View) => void): void {
  if (json) print(JSON.stringify(view, null, 2));
  else printView(view);
}

function printNodes(nodes: readonly GpuNodeView[]): void {
  if (nodes.length === 0)
    return print(
      'There are no GPU nodes. TAIN_GPU_FILE names them, or the cluster of TAIN_KUBERNETES_FILE has them (docs/gpu.md).',
    );
  for (const {
    node,
    state,
    reason,
    changedBy,
    changedAt,
    cpus,
    heldCpus,
    memoryMib,
    heldMemoryMib,
    devices,
  } of nodes) {
    const why = reason === null ? '' : `: ${plain(reason)} (${plain(changedBy)}, ${formatTime(changedAt)})`;
    print(`${node}  ${state}${why}`);
    print(`  ${heldCpus} of ${cpus} CPUs, ${heldMemoryMib} of ${memoryMib} MiB held`);
    const lines = formatTable(
      devices.map(
        ({
          index,
          device,
          model,
          sharing,
          heldSlices,
          withheldSlices,
          slices,
          state: health,
          reason: problem,
        }) => [
          ...[`  ${index}`, plain(device), model, sharing],
          `${heldSlices}/${slices} held${withheldSlices > 0 ? `, ${withheldSlices} withheld` : ''}`,
          health === 'ready' ? '' : `${health}: ${plain(problem ?? '')}`,
        ],
      ),
    ).split('\n');
    for (const [at, { instances }] of devices.entries()) {
      print(lines[at]);
      if (instances.length > 0) print(`     ${describeCut(instances)}`);
    }
  }
}

/** What a card is cut into: how many of each profile, and how many of them are withheld for which reasons. */
function describeCut(instances: GpuNodeView['devices'][number]['instances']): string {
  const byProfile = Map.groupBy(instances, ({ profile }) => profile);
  const parts = [...byProfile].map(([profile, all]) => {
    const withheld = all.filter(({ state }) => state === 'withheld');
    const reasons = [...Map.groupBy(withheld, ({ reason }) => reason ?? '')].map(
      ([reason, some]) => `, ${some.length} withheld: ${plain(reason)}`,
    );
    return `${all.length} × ${plain(profile)}${reasons.join('')}`;
  });
  return parts.join('; ');
}

function printCapacity({ nodes, models, cpus, freeCpus, memoryMib, freeMemoryMib }: GpuCapacityView): void {
  print(`nodes: ${nodes.open} open, ${nodes.draining} draining, ${nodes.drained} drained`);
  print(`free: ${freeCpus} of ${cpus} CPUs, ${freeMemoryMib} of ${memoryMib} MiB`);
  print(
    formatTable([
      ['model', 'sharing', 'cards', 'usable', 'empty', 'free parts'],
      ...models.map(({ model, sharing, cards, usableCards, emptyCards, slices, freeSlices }) => [
        ...[model, sharing, cards, usableCards, emptyCards],
        `${freeSlices} of ${slices}`,
      ]),
    ]),
  );
}

const percent = (value: number | null): string => (value === null ? '-' : `${value.toFixed(1)} %`);

function printUsage({ from, to, usage, isCut }: GpuUsageView): void {
  if (usage.length === 0) return print(`Nothing was measured from ${from} to ${to}.`);
  print(
    formatTable([
      ['from', 'device', 'job', 'user', 'GPU', 'peak', 'memory', 'power'],
      ...usage.map((row) => [
        ...[formatTime(row.at), plain(row.device), plain(row.jobId ?? ''), plain(row.owner ?? '')],
        ...[percent(row.gpuPercent), percent(row.gpuPeak)],
        row.memoryPeakMib === null ? '-' : `${row.memoryPeakMib} MiB`,
        row.powerWatts === null ? '-' : `${row.powerWatts.toFixed(0)} W`,
      ]),
    ]),
  );
  if (isCut) print('There is more: ask for fewer days.');
}

function printCost({ from, to, currency, all, users, jobs }: GpuCostView): void {
  if (currency === null) print('No prices are set: name rates in TAIN_GPU_FILE (docs/gpu.md).');
  const unit = currency ?? '';
  if (all) {
    print(`${from} to ${to}: ${all.total} ${unit}, of which ${all.idle} for nobody`);
    const { depreciation, electricity, maintenance, labour, infrastructure } = all;
    print(formatTable(Object.entries({ depreciation, electricity, maintenance, labour, infrastructure })));
    if (all.unpricedHours > 0) print(`Hours of cards without a price: ${all.unpricedHours}`);
  }
  const columns = ['kept', 'wasted', 'frozen', 'total'] as const;
  const amounts = (row: Record<(typeof columns)[number], string>): string[] =>
    columns.map((column) => row[column]);
  print(
    formatTable([
      ['user', 'team', ...columns],
      ...users.map((row) => [plain(row.owner), plain(row.team), ...amounts(row)]),
    ]),
  );
  print(
    formatTable([
      ['job', 'user', ...columns],
      ...jobs.map((row) => [row.jobId, plain(row.owner), ...amounts(row)]),
    ]),
  );
}
