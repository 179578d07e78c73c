/** What the governor sees in one look. All of it can be missing but the clock. */

export type FeedSight = {
  readonly feed: string;
  /** Is it to be read? Feeds that are paused or removed have no lag that counts. */
  readonly isWanted: boolean;
  /** Was it stopped or has it ended, so that nobody writes how it is doing? */
  readonly isAtRest: boolean;
  /** How long ago something was heard of it; null: never, and then `wantedMs` says since when it is to run. Below 0 when the clock was set back since. */
  readonly heardMs: number | null;
  readonly wantedMs: number;
  readonly lagMs: number;
  readonly lagMessages: number;
};

/** Shares of the last ten seconds in per cent (PSI); null: the kernel does not tell. */
export type Pressure = {
  /** In which something waited for a core. */
  readonly cpuSome: number;
  readonly ioSome: number;
  readonly ioFull: number;
  readonly memorySome: number;
  /** In which everything waited for memory. */
  readonly memoryFull: number;
};

export type Observation = {
  readonly feeds: readonly FeedSight[];
  readonly pressure: Pressure | null;
  /** Age of the oldest file that waits or is ingested; null: none. */
  readonly backlogMs: number | null;
  /** What all of the database writes, in bytes of WAL a second; null: not known yet. */
  readonly walRate: number | null;
  /** Instants at which days and deliveries that are open are due. */
  readonly dueTimes: readonly number[];
};
