/** The manifest of a backup, as it is read back. */
import { z } from 'zod';
import type { BackupManifest } from './backup.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256');
const Count = z.int().min(0);
/** Names of ours; what goes into statements is compared with the catalogue besides. */
const Name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, 'is no name of a table or column');
/** Below a folder, and not out of it. */
const Below = z
  .string()
  .min(1)
  .refine(
    (path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'leaves its folder',
  );

export const BackupManifestSchema = z.strictObject({
  format: z.int(),
  id: z.string().min(1),
  madeAt: z.iso.datetime(),
  database: z.strictObject({
    name: z.string(),
    serverVersion: z.string(),
    systemId: z.string().nullable(),
  }),
  migrations: z.array(z.strictObject({ version: Count, name: z.string(), checksum: Sha256 })),
  audit: z.strictObject({ seq: Count, hash: Sha256 }),
  tables: z.array(
    z.strictObject({
      table: Name,
      partitionOf: Name.nullable(),
      columns: z.array(Name),
      file: Below,
      rows: Count,
      sizeBytes: Count,
      sha256: Sha256,
    }),
  ),
  sequences: z.array(z.strictObject({ sequence: Name, last: z.int().nullable() })),
  files: z.array(z.strictObject({ path: Below, sizeBytes: Count, mtimeMs: z.number(), sha256: Sha256 })),
  omitted: z.array(
    z.strictObject({
      path: z.string(),
      why: z.enum([
        'still-written',
        'unreadable',
        'name-not-utf8',
        'not-regular',
        'gone',
        'differs',
        'not-ours',
      ]),
    }),
  ),
  seal: Sha256,
}) satisfies z.ZodType<BackupManifest>;
