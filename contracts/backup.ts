/** A backup: a folder with a manifest, a packed file per table, and the files of the data directory as they lay. */

/** Raised when an older Tain could not read what is written. */
export const BACKUP_FORMAT = 1;

export const BACKUP_MANIFEST = 'manifest.json';

/** Below the backup: the tables, and the data directory. */
export const BACKUP_TABLES = 'tables';
export const BACKUP_DATA = 'data';

export type BackupMigration = { readonly version: number; readonly name: string; readonly checksum: string };

export type BackupTable = {
  readonly table: string;
  /** The table whose month this is, like tb_bat_file_hist of tb_bat_file_hist_202611. */
  readonly partitionOf: string | null;
  /** In the order of what is stored. */
  readonly columns: readonly string[];
  /** Relative to the backup. */
  readonly file: string;
  readonly rows: number;
  /** Of the packed file. */
  readonly sizeBytes: number;
  readonly sha256: string;
};

export type BackupSequence = {
  readonly sequence: string;
  /** The number that was given last; null where none was given yet. */
  readonly last: number | null;
};

export type BackupFile = {
  /** Relative to the data directory, with slashes. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly sha256: string;
};

/** What is not in the backup though somebody might look for it. */
export type BackupOmission = {
  readonly path: string;
  readonly why:
    'still-written' | 'unreadable' | 'name-not-utf8' | 'not-regular' | 'gone' | 'differs' | 'not-ours';
};

export type BackupManifest = {
  readonly format: number;
  readonly id: string;
  readonly madeAt: string;
  readonly database: {
    readonly name: string;
    readonly serverVersion: string;
    /** What PostgreSQL calls its cluster by; null where this user may not ask. */
    readonly systemId: string | null;
  };
  /** Those that had been applied, in their order. */
  readonly migrations: readonly BackupMigration[];
  /** Head of the audit log. */
  readonly audit: { readonly seq: number; readonly hash: string };
  readonly tables: readonly BackupTable[];
  readonly sequences: readonly BackupSequence[];
  readonly files: readonly BackupFile[];
  readonly omitted: readonly BackupOmission[];
  /** SHA-256 of all of the above, as it stands here. */
  readonly seal: string;
};
