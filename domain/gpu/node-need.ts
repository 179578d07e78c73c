/** A request as one node sees it: which of its devices serve it, and how much room each has by what is taken of it. */
import { cutRoomTable, roomTable } from './mig-placement.ts';
import { SHARED_SLICES, type Device, type GpuNode, type GpuRequest, type Resources } from './model.ts';

export type NodeNeed = {
  readonly kind: GpuRequest['kind'] | 'none';
  readonly cpus: number;
  readonly memoryMib: number;
  /** GPUs, MIG instances, or slices of one shared GPU. */
  readonly count: number;
  /** Devices that serve it, as bits. */
  readonly candidates: number;
  /** By device: room by taken slices, where it serves a part; whole GPUs have none. */
  readonly rooms: readonly (Uint8Array | undefined)[];
};

/** All slices of a device that is not cut by MIG, as bits. */
export const wholeMask = ({ mode }: Device): number => (mode === 'shared' ? (1 << SHARED_SLICES) - 1 : 1);

/** Free slices of a shared GPU by those that are taken. */
const SHARED_ROOM = Uint8Array.from({ length: 1 << SHARED_SLICES }, (_, taken) => {
  let free = SHARED_SLICES;
  for (let slice = 0; slice < SHARED_SLICES; slice += 1) free -= (taken >> slice) & 1;
  return free;
});

/**
 * What a job asks of a node with these devices.
 * @returns null when its devices never serve it, whatever is free
 */
export function needOf(devices: GpuNode['devices'], { cpus, memoryMib, gpus }: Resources): NodeNeed | null {
  if (gpus === null) return { kind: 'none', cpus, memoryMib, count: 0, candidates: 0, rooms: [] };
  let candidates = 0;
  let most = 0;
  const rooms = devices.map((device, at) => {
    const room = roomOf(device, gpus);
    if (room === undefined) return undefined;
    candidates |= 1 << at;
    const free = room === 'whole' ? 1 : room[0]!;
    most = gpus.kind === 'shared' ? Math.max(most, free) : most + free;
    return room === 'whole' ? undefined : room;
  });
  const count = gpus.kind === 'shared' ? gpus.slices : gpus.count;
  if (most < count) return null;
  return { kind: gpus.kind, cpus, memoryMib, count, candidates, rooms };
}

/** As it is when it is well, and nobody else has anything of it. */
export const asIfFree = ({ instances, ...device }: Device): Device => ({
  ...{ ...device, isHealthy: true },
  ...(instances && {
    instances: instances.map(({ profile, start, slices }) => ({ profile, start, slices })),
  }),
});

/** Undefined: the device does not serve the request. A shared GPU that nobody uses serves as a whole one. */
function roomOf(device: Device, request: GpuRequest): Uint8Array | 'whole' | undefined {
  if (!device.isHealthy || (request.model !== null && request.model !== device.model)) return undefined;
  if (request.kind === 'mig' && device.mode === 'mig')
    return device.instances === undefined
      ? roomTable(device.model, request.profile)
      : cutRoomTable(device.model, request.profile, device.instances);
  if (request.kind === 'mig') return undefined;
  if (request.kind === 'shared') return device.mode === 'shared' ? SHARED_ROOM : undefined;
  return device.mode === 'mig' ? undefined : 'whole';
}
