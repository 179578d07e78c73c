/** The figures that the governor decides by. Times are milliseconds, paces bytes of WAL a second. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MIB = 1024 ** 2;

export type GovernorPolicy = {
  /** Held when lag or waiting messages of a feed are above the first for `looks` looks; calm below the second. */
  readonly lagMs: readonly [on: number, off: number];
  readonly lagMessages: readonly [on: number, off: number];
  /** Share of time in which everything waits for memory, in per cent. */
  readonly memoryFull: readonly [on: number, off: number];
  /** Age of the oldest file that waits or is ingested, above which training starts nothing more. */
  readonly backlogMs: readonly [on: number, off: number];
  readonly looks: number;
  /** A feed that is to run is blind when nothing was heard of it for so long. */
  readonly blindMs: number;
  /** No level lasts shorter. */
  readonly minimumHoldMs: number;
  /** Calm for so long before what is held is released. */
  readonly quietMs: number;
  /** Over the threshold for so long on a level before the next one. */
  readonly freezeAfterMs: number;
  readonly preemptAfterMs: number;
  /** Most that batch writes when it is held, and least: it never stands still. */
  readonly heldPace: number;
  readonly leastPace: number;
  /** Pace of background work (backfill) outside of its window. */
  readonly backgroundPace: number;
  /** Batch is not paced so long before something is due. */
  readonly dueMs: number;
  /** What the governor said last stands for so long; then batch falls back to `heldPace`. */
  readonly trustedMs: number;
};

/** The lag is that of the target: p99 of 25 ms at 10,000 messages a second, and ten times that is trouble. */
export const GOVERNOR_POLICY: GovernorPolicy = {
  lagMs: [250, 100],
  lagMessages: [5000, 1000],
  memoryFull: [10, 2],
  backlogMs: [15 * MINUTE, 5 * MINUTE],
  looks: 3,
  blindMs: 10 * SECOND,
  minimumHoldMs: 30 * SECOND,
  quietMs: 15 * SECOND,
  freezeAfterMs: 15 * SECOND,
  preemptAfterMs: 45 * SECOND,
  heldPace: 8 * MIB,
  leastPace: MIB,
  backgroundPace: 2 * MIB,
  dueMs: 60 * MINUTE,
  trustedMs: 10 * SECOND,
};
