/** What the inbox says of itself. Free of zod: the workflow imports it. */

/** Result of one watching activity, and the answer to the inbox's progress query. Counts are files. */
export type InboxCycle = {
  /** Entered in this cycle. */
  readonly taken: number;
  /** Lying in the folders now. */
  readonly inFolders: number;
  /** Files and folders that could not be read; the worker's log says why. */
  readonly unreadable: number;
  readonly waiting: number;
  readonly ingesting: number;
  readonly published: number;
  readonly refused: number;
  readonly held: number;
};
