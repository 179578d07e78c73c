/** Received files: list, one with its live progress, upload, records. */
import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import * as schema from '../../contracts/files.schema.ts';
import { parseFileId } from '../../contracts/lifecycles.ts';
import { findFileByRef, listFiles, type FileRow } from '../../db/files.ts';
import { listRecords } from '../../db/records.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { viewFile, viewRecords } from '../views/files.ts';
import { receiveFile } from '../receive-file.ts';

export type FileRouteDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly timeZone: string;
  readonly uploadMaxBytes: number;
  readonly clientTimeoutMs: number;
};

export function fileRoutes(dependencies: FileRouteDependencies): FastifyPluginAsyncZod {
  const { sql } = dependencies;

  const find = async (id: string): Promise<FileRow> => {
    const ref = parseFileId(id);
    const file = ref && (await findFileByRef(sql, ref.folderDate, ref.sha256Prefix));
    if (!file) throw new TainError('file.not-found', { file: id });
    return file;
  };

  return async (app) => {
    // Uploads are streamed to disk, whatever their type says.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    app.get(
      '/v1/files',
      {
        onRequest: may('files.read'),
        schema: {
          tags: ['files'],
          summary: 'Files, newest first',
          querystring: schema.FileQuery,
          response: { 200: schema.FilePage, ...PROBLEMS },
        },
      },
      async ({ query }) => {
        const rows = await listFiles(sql, {
          state: query.state,
          folderDate: query.date,
          name: query.name,
          format: query.format,
          problemCode: query.problem,
          before: query.cursor,
          limit: query.limit,
        });
        const next = rows.length === query.limit ? rows.at(-1)!.file_id : null;
        return { files: rows.map(viewFile), next };
      },
    );

    app.get(
      '/v1/files/:id',
      {
        onRequest: may('files.read'),
        schema: {
          tags: ['files'],
          summary: 'One file with its live progress',
          params: schema.FileParams,
          response: { 200: schema.FileView, ...PROBLEMS },
        },
      },
      async ({ params }) => viewFile(await find(params.id)),
    );

    app.get(
      '/v1/files/:id/records',
      {
        onRequest: may('files.read'),
        schema: {
          tags: ['files'],
          summary: 'Records of a published file, in file order',
          params: schema.FileParams,
          querystring: schema.RecordQuery,
          response: { 200: schema.RecordPage, ...PROBLEMS },
        },
      },
      async ({ params, query }) => {
        const file = await find(params.id);
        if (file.state !== 'published') {
          throw new TainError('file.not-published', { file: params.id, state: file.state });
        }
        const rows = await listRecords(sql, file.file_id, query);
        const next = rows.length === query.limit ? rows.at(-1)!.record_no : null;
        return { records: viewRecords(file, rows), next };
      },
    );

    app.post(
      '/v1/files',
      {
        onRequest: may('files.upload'),
        schema: {
          tags: ['files'],
          summary: 'Upload a file into the inbox',
          description: 'The body is the file itself. The answer comes when every byte is on disk.',
          querystring: schema.UploadQuery,
          response: { 202: schema.UploadResult, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const received = await receiveFile(dependencies, request.body as Readable, {
          ...request.query,
          declaredBytes: Number(request.headers['content-length'] ?? 0),
          // Asked for by clients that do not want to send a large body in vain (RFC 9110, 10.1.1).
          onWanted: () => {
            if (/100-continue/i.test(request.headers.expect ?? '')) reply.raw.writeContinue();
          },
        });
        return reply.code(202).header('location', `/v1/files/${received.id}`).send(received);
      },
    );
  };
}
