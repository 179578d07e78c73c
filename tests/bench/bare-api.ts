/** The other side of the api benchmark: bare fastify, the same query, pool and answer, and nothing else. */
import fastify from 'fastify';
import { viewFile } from '../../api/views/files.ts';
import { listFiles } from '../../db/files.ts';
import { connectPostgres } from '../../platform/postgres.ts';

const [databaseUrl, poolSize] = process.argv.slice(2);
const sql = connectPostgres(databaseUrl!, 'bench bare api', Number(poolSize));
const app = fastify();
app.get<{ Querystring: { limit: number } }>('/v1/files', async ({ query }) => {
  const limit = Number(query.limit);
  const rows = await listFiles(sql, { limit });
  const next = rows.length === limit ? rows.at(-1)!.file_id : null;
  return { files: rows.map((file) => viewFile(file, 'en')), next };
});
process.send!(await app.listen({ host: '127.0.0.1', port: 0 }));
process.on('disconnect', () => process.exit(0));
