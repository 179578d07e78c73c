/** What is known of a node at a moment. Null: the system does not say, which is never taken for 0. */

export type MigReading = {
  /** Of the card, as the driver counts. */
  readonly index: number;
  /** Like 1g.5gb; null when the driver lists the device without it. */
  readonly profile: string | null;
  readonly uuid: string | null;
  readonly memoryTotalBytes: number | null;
  readonly memoryFreeBytes: number | null;
};

export type GpuReading = {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly driver: string | null;
  readonly busId: string | null;
  /** Of the whole card, also when it is divided. */
  readonly memoryTotalBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryFreeBytes: number | null;
  /** Per cent of the time in which something ran; null on a divided card. */
  readonly utilisation: number | null;
  /** °C, W and W. */
  readonly temperature: number | null;
  readonly powerWatts: number | null;
  readonly powerLimitWatts: number | null;
  readonly mig: 'enabled' | 'disabled' | 'unsupported';
  readonly migDevices: readonly MigReading[];
  /** The driver reaches it no more: only a restart of the machine brings it back. */
  readonly lost: boolean;
};

/** Why there are no GPUs in a reading. */
export type GpuProblem =
  /** No nvidia-smi: a node without NVIDIA GPUs. */
  | { readonly kind: 'absent' }
  /** The program is there and does not say what it should. */
  | { readonly kind: 'failed'; readonly detail: string };

export type HostReading = {
  /** Per cent of all cores that worked since the look before, training aside, as it yields; null: unknown. */
  readonly cpu: number | null;
  /** Per cent of memory that nobody could have at once; null: unknown. */
  readonly memory: number | null;
};

export type NodeReading = HostReading & {
  readonly gpus: readonly GpuReading[];
  readonly problem: GpuProblem | null;
};
