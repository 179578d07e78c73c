/** Received files: list, one with its live progress, upload, records. */
import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import * as schema from '../../contracts/files.schema.ts';
import { parseFileId } from '../../contracts/lifecycles.ts';
import { listCorrections } from '../../db/corrections.ts';
import { auditDownload } from '../../db/audit.ts';
import { countFileOutcomes } from '../../db/file-events.ts';
import { findFileByRef, listFiles, type FileRow } from '../../db/files.ts';
import { listRecords } from '../../db/records.ts';
import type { Sql } from '../../platform/postgres.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import { viewFile, viewRecords } from '../views/files.ts';
import { receiveFile, type ReceiveDependencies } from '../receive-file.ts';
import { sendRejections } from '../send-rejections.ts';

export type FileRouteDependencies = {
  readonly sql: Sql;
  readonly dataDir: string;
  readonly timeZone: string;
  readonly uploadMaxBytes: number;
  readonly dateWindow: ReceiveDependencies['dateWindow'];
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

  const findPublished = async (id: string): Promise<FileRow> => {
    const file = await find(id);
    if (file.state !== 'published')
      throw new TainError('file.not-published', { file: id, state: file.state });
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
      async (request, reply) => {
        const { query } = request;
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
        const language = answerLanguage(request, reply);
        return { files: rows.map((row) => viewFile(row, language)), next };
      },
    );

    app.get(
      '/v1/files/:id',
      {
        onRequest: may('files.read'),
        schema: {
          tags: ['files'],
          summary: 'One file with its live progress, and what became of its records',
          params: schema.FileParams,
          querystring: schema.NoQuery,
          response: { 200: schema.FileView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const file = await find(request.params.id);
        const outcomes = file.applied_at === null ? null : await countFileOutcomes(sql, file);
        return viewFile(file, answerLanguage(request, reply), outcomes);
      },
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
      async (request, reply) => {
        const { params, query } = request;
        const file = await findPublished(params.id);
        const rows = await listRecords(sql, file.file_id, query);
        const next = rows.length === query.limit ? rows.at(-1)!.record_no : null;
        const corrections = await listCorrections(
          sql,
          file,
          rows.map(({ record_no }) => record_no),
        );
        return { records: viewRecords(file, rows, corrections, answerLanguage(request, reply)), next };
      },
    );

    app.get(
      '/v1/files/:id/rejections.csv',
      {
        onRequest: may('rejections.download'),
        // A download is noted: one that sends nothing would be noted for nothing.
        exposeHeadRoute: false,
        schema: {
          tags: ['files'],
          summary: 'Rejected records of a published file, to be mended and sent in again',
          description:
            'The columns of the file as they were sent, then tainRecord, tainIssues and tainRaw. A file that returns ' +
            'tainRecord is linked to the records that it corrects.',
          params: schema.FileParams,
          querystring: schema.NoQuery,
          response: { 200: schema.Rejections, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const file = await findPublished(request.params.id);
        await auditDownload(sql, request.user, request.params.id, 'rejections.csv');
        return sendRejections(sql, file, answerLanguage(request, reply), reply);
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
        if (/^multipart\//i.test(request.headers['content-type'] ?? ''))
          throw new TainError('request.invalid', {
            detail: 'The body is a form (multipart/form-data): send the file itself as the body.',
          });
        const received = await receiveFile(dependencies, request.body as Readable, {
          ...request.query,
          by: { actor: request.user.sub, role: request.user.role },
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
