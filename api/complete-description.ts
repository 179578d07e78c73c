/** What the routes' types do not say of themselves: operation ids, the media type of problems, the body of an upload. */
type Content = Record<string, unknown>;
type Operation = {
  operationId?: string;
  requestBody?: unknown;
  responses?: Record<string, { content?: Content } | undefined>;
};

export type ApiDescription = { readonly paths?: Record<string, Record<string, Operation>> };

const PROBLEM_STATUSES = ['4XX', '5XX'];
const UPLOAD = {
  required: true,
  description: 'The file itself, as it is: CSV, or CSV behind gzip or zip.',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};

/** Completes a description made from the routes, and returns it. */
export function completeDescription<Description extends ApiDescription>(
  description: Description,
): Description {
  for (const [path, operations] of Object.entries(description.paths ?? {})) {
    for (const [method, operation] of Object.entries(operations)) {
      operation.operationId = nameOperation(method, path);
      if (method === 'post' && path === '/v1/files') operation.requestBody = UPLOAD;
      for (const status of PROBLEM_STATUSES) {
        const answer = operation.responses?.[status];
        const schema = answer?.content?.['application/json'];
        if (answer && schema) answer.content = { 'application/problem+json': schema };
      }
    }
  }
  return description;
}

/** "get" and "/v1/files/{id}/records" as "getFilesIdRecords". */
function nameOperation(method: string, path: string): string {
  const words = path.replace(/^\/v1\//, '/').match(/[A-Za-z0-9]+/g) ?? [];
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}
