/**
 * What of a node is free when: a list of segments of time, in each of which processors, memory and the taken slices of
 * every device stand still. Jobs keep their slices all the time, so room for one is what is free in all segments that
 * it spans, not the least of their sums.
 */
import type { NodeNeed } from './node-need.ts';

/** Segment i lasts from times[i] to times[i + 1], the last one for ever. Flat arrays: this is the planner's inner loop. */
export type Timeline = {
  readonly devices: number;
  /** Processors of the node, in whatever they are counted in here. */
  readonly allCpus: number;
  readonly times: number[];
  readonly cpus: number[];
  readonly memoryMib: number[];
  /** Devices of which anything is taken, as bits. */
  readonly busy: number[];
  /** Taken slices as bits, by segment and device. */
  readonly taken: number[];
  /** Goes up with each change. */
  version: number;
};

/** What an allocation takes of a node. */
export type Load = {
  readonly cpus: number;
  readonly memoryMib: number;
  /** Bits of slices by device; every device has an entry. */
  readonly slices: readonly number[];
};

export const emptyTimeline = (now: number, devices: number, cpus: number, memoryMib: number): Timeline => ({
  devices,
  allCpus: cpus,
  times: [now],
  cpus: [cpus],
  memoryMib: [memoryMib],
  busy: [0],
  taken: new Array<number>(devices).fill(0),
  version: 0,
});

/** The segment that an instant lies in; the first one for all that is before it. */
function segmentAt({ times }: Timeline, at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The segment that begins at an instant, cut off the one before where there is none. */
function cut(line: Timeline, at: number): number {
  const segment = segmentAt(line, at);
  if (line.times[segment]! >= at) return segment;
  const next = segment + 1;
  line.times.splice(next, 0, at);
  line.cpus.splice(next, 0, line.cpus[segment]!);
  line.memoryMib.splice(next, 0, line.memoryMib[segment]!);
  line.busy.splice(next, 0, line.busy[segment]!);
  const { devices, taken } = line;
  taken.splice(next * devices, 0, ...taken.slice(segment * devices, next * devices));
  return next;
}

/** Takes a load from an instant until another. */
export function occupy(line: Timeline, load: Load, from: number, until: number): void {
  if (until <= from) return;
  if (until !== Infinity) cut(line, until);
  const first = cut(line, from);
  const end = until === Infinity ? line.times.length : segmentAt(line, until);
  for (let at = first; at < end; at += 1) {
    line.cpus[at]! -= load.cpus;
    line.memoryMib[at]! -= load.memoryMib;
    for (let device = 0; device < line.devices; device += 1) {
      const bits = load.slices[device]!;
      if (bits === 0) continue;
      line.taken[at * line.devices + device]! |= bits;
      line.busy[at]! |= 1 << device;
    }
  }
  line.version += 1;
}

/** Gives a load back from an instant until the end that it was taken to. */
export function release(line: Timeline, load: Load, from: number, until: number): void {
  if (until <= from) return;
  if (until !== Infinity) cut(line, until);
  const first = cut(line, from);
  const end = until === Infinity ? line.times.length : segmentAt(line, until);
  for (let at = first; at < end; at += 1) {
    line.cpus[at]! += load.cpus;
    line.memoryMib[at]! += load.memoryMib;
    for (let device = 0; device < line.devices; device += 1) {
      const cell = at * line.devices + device;
      line.taken[cell]! &= ~load.slices[device]!;
      if (line.taken[cell] === 0) line.busy[at]! &= ~(1 << device);
    }
  }
  line.version += 1;
}

const bitsOf = (mask: number): number => {
  let bits = mask - ((mask >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
};

function hasDevices(need: NodeNeed, busy: number, taken: readonly number[], offset: number): boolean {
  if (need.kind === 'none') return true;
  if (need.kind === 'whole') return bitsOf(need.candidates & ~busy) >= need.count;
  let found = 0;
  for (let device = 0; device < need.rooms.length; device += 1) {
    const rooms = need.rooms[device];
    if (!rooms) continue;
    const room = rooms[taken[offset + device]!]!;
    // Instances may lie on several devices, slices of a shared one have to be of the same.
    found = need.kind === 'mig' ? found + room : Math.max(found, room);
    if (found >= need.count) return true;
  }
  return false;
}

/** Does a segment by itself have room? */
const fitsIn = (line: Timeline, need: NodeNeed, at: number): boolean =>
  line.cpus[at]! >= need.cpus &&
  line.memoryMib[at]! >= need.memoryMib &&
  hasDevices(need, line.busy[at]!, line.taken, at * line.devices);

/** How many GPUs, instances or slices of a need its devices have free at an instant, whatever else it asks for. */
export function freeAt(line: Timeline, need: NodeNeed, at: number): number {
  const segment = segmentAt(line, at);
  if (need.kind === 'whole') return bitsOf(need.candidates & ~line.busy[segment]!);
  const free = need.rooms.map((rooms, device) => rooms?.[line.taken[segment * line.devices + device]!] ?? 0);
  return need.kind === 'mig' ? free.reduce((sum, room) => sum + room, 0) : Math.max(0, ...free);
}

/** The first instant, not before `from`, at which there is room at all, however short. It is never too late. */
export function firstRoom(line: Timeline, need: NodeNeed, from: number): number {
  for (let at = segmentAt(line, from); at < line.times.length; at += 1)
    if (fitsIn(line, need, at)) return Math.max(from, line.times[at]!);
  return Infinity;
}

/**
 * The first instant, not before `from`, from which a need has room for a time on the same slices.
 * @returns Infinity when there is none
 */
export function firstFit(line: Timeline, need: NodeNeed, from: number, durationMs: number): number {
  const { times } = line;
  let at = segmentAt(line, from);
  while (at < times.length) {
    const start = Math.max(from, times[at]!);
    const blocked = findBlock(line, need, at, start + durationMs);
    if (blocked < 0) return start;
    at = fitsIn(line, need, blocked) ? at + 1 : blocked + 1;
  }
  return Infinity;
}

/**
 * The first instant, not before `from`, from which the very slices of a load are free for a time, with its processors
 * and memory.
 * @returns Infinity when there is none
 */
export function firstFitOf(line: Timeline, load: Load, from: number, durationMs: number): number {
  const { times } = line;
  let start = from;
  for (let at = segmentAt(line, from); at < times.length && times[at]! < start + durationMs; at += 1)
    if (!isFreeIn(line, load, at)) start = times[at + 1] ?? Infinity;
  return start;
}

const isFreeIn = (line: Timeline, load: Load, at: number): boolean =>
  line.cpus[at]! >= load.cpus &&
  line.memoryMib[at]! >= load.memoryMib &&
  load.slices.every((bits, device) => (line.taken[at * line.devices + device]! & bits) === 0);

/** The first segment, from one on, up to which there is no room all the time; -1: there is until the end. */
function findBlock(line: Timeline, need: NodeNeed, first: number, end: number): number {
  const { times, devices } = line;
  if (!fitsIn(line, need, first)) return first;
  if (first + 1 >= times.length || times[first + 1]! >= end) return -1;
  if (need.kind === 'none' || need.kind === 'whole') {
    let busy = line.busy[first]!;
    for (let at = first + 1; at < times.length && times[at]! < end; at += 1) {
      busy |= line.busy[at]!;
      if (line.cpus[at]! < need.cpus || line.memoryMib[at]! < need.memoryMib) return at;
      if (need.kind === 'whole' && bitsOf(need.candidates & ~busy) < need.count) return at;
    }
    return -1;
  }
  const taken = line.taken.slice(first * devices, (first + 1) * devices);
  for (let at = first + 1; at < times.length && times[at]! < end; at += 1) {
    if (line.cpus[at]! < need.cpus || line.memoryMib[at]! < need.memoryMib) return at;
    for (let device = 0; device < devices; device += 1) taken[device]! |= line.taken[at * devices + device]!;
    if (!hasDevices(need, 0, taken, 0)) return at;
  }
  return -1;
}

/** The slices by device that are taken at any time from an instant to another. */
export function takenWithin(line: Timeline, from: number, until: number): number[] {
  const { times, devices } = line;
  const first = segmentAt(line, from);
  const taken = line.taken.slice(first * devices, (first + 1) * devices);
  for (let at = first + 1; at < times.length && times[at]! < until; at += 1)
    for (let device = 0; device < devices; device += 1) taken[device]! |= line.taken[at * devices + device]!;
  return taken;
}

/** Is there room at an instant when a load is gone? A first look: it says nothing of what comes later. */
export function hasRoomWithout(line: Timeline, need: NodeNeed, at: number, load: Load): boolean {
  const { devices } = line;
  const segment = segmentAt(line, at);
  if (line.cpus[segment]! + load.cpus < need.cpus) return false;
  if (line.memoryMib[segment]! + load.memoryMib < need.memoryMib) return false;
  if (need.kind === 'none') return true;
  const first = segment * devices;
  if (need.kind === 'whole') {
    let busy = line.busy[segment]!;
    for (let device = 0; device < devices; device += 1)
      if ((line.taken[first + device]! & ~load.slices[device]!) === 0) busy &= ~(1 << device);
    return hasDevices(need, busy, line.taken, first);
  }
  const taken = load.slices.map((bits, device) => line.taken[first + device]! & ~bits);
  return hasDevices(need, 0, taken, 0);
}

/** Several loads of the same node as one. */
export const addLoads = (loads: readonly Load[]): Load => ({
  cpus: loads.reduce((sum, { cpus }) => sum + cpus, 0),
  memoryMib: loads.reduce((sum, { memoryMib }) => sum + memoryMib, 0),
  slices: loads[0]!.slices.map((_, device) => loads.reduce((bits, { slices }) => bits | slices[device]!, 0)),
});

/** A copy of what comes from an instant on, to be changed by itself. */
export function copyFrom(line: Timeline, at: number): Timeline {
  const { devices } = line;
  const first = segmentAt(line, at);
  return {
    devices,
    allCpus: line.allCpus,
    times: line.times.slice(first),
    cpus: line.cpus.slice(first),
    memoryMib: line.memoryMib.slice(first),
    busy: line.busy.slice(first),
    taken: line.taken.slice(first * devices),
    version: 0,
  };
}
