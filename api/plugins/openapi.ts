/** The description of the API (OpenAPI 3.1, from the zod types of the routes) and the page for people. */
import fastifySwagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { completeDescription, type ApiDescription } from '../complete-description.ts';

type OpenApi = ReturnType<typeof jsonSchemaTransformObject>;

/** The page shows the API and nothing of its maker's services. */
const CONFIGURATION = {
  title: 'Tain API',
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  withDefaultFonts: false,
} as const;

export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tain',
        version: '0.1.0',
        description:
          'Swap transaction data in, CFTC reports out. Every call carries a token: `tain token --role viewer` makes one. ' +
          'Words for people come in English or Korean, as Accept-Language asks.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ token: [] }],
      tags: [
        { name: 'files', description: 'Received files and their records.' },
        { name: 'desk', description: 'What needs a person, what is due, and where every figure came from.' },
        { name: 'swaps', description: 'The ledger: swaps, portfolios and their histories.' },
        { name: 'days', description: 'CFTC days: what leaves for a repository, and when.' },
        { name: 'reports', description: 'Reports that are made when somebody asks for them.' },
        { name: 'rules', description: 'What records are judged by.' },
        { name: 'audit', description: 'What proves the records, and who did what.' },
        { name: 'operations', description: 'Is it up, is it ready, how is it doing.' },
      ],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      completeDescription(jsonSchemaTransformObject(document) as ApiDescription) as OpenApi,
  });
}

export async function registerDocs(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(scalar, {
    routePrefix: '/docs',
    configuration: CONFIGURATION,
  });
}
