/** Which slices of which devices of a node a job gets. */
import { chooseCut, chooseStart } from './mig-placement.ts';
import { findProfile, maskAt } from './mig-profiles.ts';
import { SHARED_SLICES, type Device, type DeviceSlices, type GpuRequest } from './model.ts';
import { wholeMask, type NodeNeed } from './node-need.ts';

/** More than a device has room for. */
const AVOIDED = 1000;

export type Chosen = {
  readonly devices: readonly DeviceSlices[];
  /** Bits of slices by device of the node. */
  readonly slices: readonly number[];
};

const slicesOf = (mask: number): number[] => {
  const slices: number[] = [];
  for (let slice = 0; mask >> slice !== 0; slice += 1) if ((mask >> slice) & 1) slices.push(slice);
  return slices;
};

/**
 * Chooses where there is room for the need.
 * @param taken bits by device that are taken at any time of its run
 */
export function chooseDevices(
  devices: readonly Device[],
  need: NodeNeed,
  request: GpuRequest | null,
  taken: readonly number[],
): Chosen {
  const now = [...taken];
  const slices = devices.map(() => 0);
  const chosen: DeviceSlices[] = [];
  const take = (at: number, mask: number, profile: string | null): void => {
    now[at]! |= mask;
    slices[at]! |= mask;
    chosen.push({ device: devices[at]!.id, slices: slicesOf(mask), profile });
  };
  if (request?.kind === 'whole')
    for (const at of wholeOnes(devices, need, taken)) take(at, wholeMask(devices[at]!), null);
  if (request?.kind === 'shared') {
    const at = fullest(devices, need, now, request.slices);
    take(at, lowestFree(now[at]!, request.slices), null);
  }
  if (request?.kind === 'mig')
    for (let instance = 0; instance < request.count; instance += 1) {
      const at = fullest(devices, need, now, 1);
      const { model, instances } = devices[at]!;
      const profile = findProfile(model, request.profile)!;
      const start =
        instances === undefined
          ? chooseStart(model, profile, now[at]!)
          : chooseCut(profile, instances, now[at]!);
      take(at, maskAt(profile, start!), profile.name);
    }
  return { devices: chosen, slices };
}

/** Is what was chosen of a device before still what it gives out for such a request? It is one that serves it. */
export function isStillCut(device: Device, { slices, profile }: DeviceSlices, request: GpuRequest): boolean {
  if (request.kind === 'shared') return true;
  if (request.kind === 'whole') return slices.length === slicesOf(wholeMask(device)).length;
  const start = Math.min(...slices);
  return (
    device.instances?.some((cut) => cut.profile === profile && cut.start === start && !cut.isWithheld) ?? true
  );
}

/** Free GPUs: those that are avoided last, and before that those that are not to be shared first. */
function wholeOnes(devices: readonly Device[], need: NodeNeed, taken: readonly number[]): number[] {
  const free = devices
    .map((_, at) => at)
    .filter((at) => ((need.candidates >> at) & 1) === 1 && taken[at] === 0);
  const rank = (at: number): number =>
    (devices[at]!.isAvoided ? 2 : 0) + (devices[at]!.mode === 'whole' ? 0 : 1);
  return free.sort((one, other) => rank(one) - rank(other) || one - other).slice(0, need.count);
}

/**
 * The device with the least room that is enough: what is empty stays so for those that need all of it. One that is avoided
 * only where no other has room.
 */
function fullest(
  devices: readonly Device[],
  need: NodeNeed,
  taken: readonly number[],
  least: number,
): number {
  let best = -1;
  let bestRoom = Infinity;
  need.rooms.forEach((rooms, at) => {
    const room = rooms?.[taken[at]!] ?? 0;
    const weight = room + (devices[at]!.isAvoided ? AVOIDED : 0);
    if (room < least || weight >= bestRoom) return;
    best = at;
    bestRoom = weight;
  });
  return best;
}

function lowestFree(taken: number, count: number): number {
  let mask = 0;
  let left = count;
  for (let slice = 0; slice < SHARED_SLICES && left > 0; slice += 1) {
    if ((taken >> slice) & 1) continue;
    mask |= 1 << slice;
    left -= 1;
  }
  return mask;
}
