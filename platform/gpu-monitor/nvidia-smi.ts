/**
 * What nvidia-smi prints, of drivers from R450 on. Its output is not promised to stay as it is (man nvidia-smi), so the
 * fields are asked for by name and a line with more or fewer of them is an error, never a guess. "[N/A]", "[Not
 * Supported]", "[Unknown Error]" and the like are read as unknown, never as 0.
 */
import type { GpuReading, MigReading } from '../../domain/gpu-monitor/reading.ts';

/** Asked for in this order. All exist since R450. */
const FIELDS = [
  'index',
  'uuid',
  'name',
  'pci.bus_id',
  'driver_version',
  'temperature.gpu',
  'utilization.gpu',
  'memory.total',
  'memory.used',
  'memory.free',
  'power.draw',
  'power.limit',
  'mig.mode.current',
] as const;

export const QUERY_ARGS: readonly string[] = [
  `--query-gpu=${FIELDS.join(',')}`,
  '--format=csv,noheader,nounits',
];
export const LIST_ARGS: readonly string[] = ['-L'];

const MEBIBYTE = 1024 ** 2;

/** nvidia-smi said something else than it was asked for. */
export class NvidiaSmiError extends Error {
  override name = 'NvidiaSmiError';
}

/**
 * The GPUs of a query with QUERY_ARGS, without their MIG devices.
 * @throws NvidiaSmiError naming the line and what is wrong with it
 */
export function parseQuery(text: string): readonly GpuReading[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.some((line) => /^No devices were found$/i.test(line))) return [];
  return lines.map(parseLine);
}

function parseLine(line: string): GpuReading {
  const values = line.split(', ').map((value) => value.trim());
  if (values.length !== FIELDS.length)
    throw new NvidiaSmiError(`${values.length} values instead of ${FIELDS.length}: ${shorten(line)}`);
  const value = (field: (typeof FIELDS)[number]): string => values[FIELDS.indexOf(field)]!;
  const figure = (field: (typeof FIELDS)[number]): number | null => readFigure(value(field), field, line);
  const bytes = (field: (typeof FIELDS)[number]): number | null => {
    const mebibytes = figure(field);
    return mebibytes === null ? null : mebibytes * MEBIBYTE;
  };
  const index = figure('index');
  const uuid = value('uuid');
  if (index === null || !/^GPU-/.test(uuid))
    throw new NvidiaSmiError(`no index and UUID of a GPU: ${shorten(line)}`);
  return {
    index,
    uuid,
    name: value('name'),
    driver: readText(value('driver_version')),
    busId: readText(value('pci.bus_id')),
    memoryTotalBytes: bytes('memory.total'),
    memoryUsedBytes: bytes('memory.used'),
    memoryFreeBytes: bytes('memory.free'),
    utilisation: figure('utilization.gpu'),
    temperature: figure('temperature.gpu'),
    powerWatts: figure('power.draw'),
    powerLimitWatts: figure('power.limit'),
    mig: readMigMode(value('mig.mode.current')),
    migDevices: [],
    lost: values.some((each) => /GPU is lost/i.test(each)),
  };
}

/** Unknown values stand in brackets; older drivers leave them out. */
const isUnknown = (text: string): boolean => /^\[.*\]$/.test(text) || /^(N\/A|Not Supported)$/i.test(text);

const readText = (text: string): string | null => (isUnknown(text) ? null : text);

/** Units are asked not to be there; a figure that has one all the same is read. */
function readFigure(text: string, field: string, line: string): number | null {
  if (isUnknown(text)) return null;
  const match = /^(-?\d+(?:\.\d+)?)(?: (?:%|MiB|W|C))?$/.exec(text);
  if (!match) throw new NvidiaSmiError(`${field} is ${JSON.stringify(text)}: ${shorten(line)}`);
  return Number(match[1]);
}

function readMigMode(text: string): GpuReading['mig'] {
  if (/^enabled$/i.test(text)) return 'enabled';
  return /^disabled$/i.test(text) ? 'disabled' : 'unsupported';
}

export type ListedMig = {
  readonly gpu: number;
  readonly device: Pick<MigReading, 'index' | 'profile' | 'uuid'>;
};

/** The MIG devices of `nvidia-smi -L`, with the index of their GPU. Other lines say nothing of them. */
export function parseList(text: string): readonly ListedMig[] {
  const listed: ListedMig[] = [];
  let gpu = -1;
  for (const line of text.split('\n')) {
    const card = /^GPU (\d+):/.exec(line);
    if (card) gpu = Number(card[1]);
    // R450 to R460 name a device MIG-GPU-<uuid>/<gi>/<ci>, later ones MIG-<uuid>.
    const device = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[0-9A-Za-z/-]+)\)/.exec(line);
    if (device && gpu >= 0)
      listed.push({ gpu, device: { index: Number(device[2]), profile: device[1]!, uuid: device[3]! } });
  }
  return listed;
}

const MAX_SHOWN = 120;
const shorten = (line: string): string => (line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line);
