import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { RuleView } from '../../contracts/rules.schema.ts';
import { RULE_CATALOGUE } from '../../domain/cftc/rule-catalogue.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
});

afterAll(async () => {
  await app.close();
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { ...bearer(tokenFor('viewer')), ...headers } });
const listed = async (url: string): Promise<RuleView[]> =>
  (await get(url)).json<{ rules: RuleView[] }>().rules;

describe('the rules', () => {
  it('are listed all, in words', async () => {
    const rules = await listed('/v1/rules');

    expect(rules.map(({ id }) => id)).toEqual(RULE_CATALOGUE.map(({ id }) => id));
    expect(rules.find(({ id }) => id === 'required.2')).toMatchObject({
      level: 'conditional',
      severity: 'error',
      confidence: 'source',
      elements: ['2', '1'],
      appliesTo: { messages: ['transaction'] },
      effectiveFrom: '2022-12-05',
      effectiveTo: null,
    });
  });

  it('are found by level, element, severity and confidence together', async () => {
    const rules = await listed('/v1/rules?element=14&level=conditional&severity=warning&confidence=inferred');

    expect(rules.map(({ id }) => id)).toEqual(['agrees.14']);
    expect(await listed('/v1/rules?element=%2367')).toEqual(await listed('/v1/rules?element=67'));
    expect(await listed('/v1/rules?element=D9')).toEqual([]);
  });

  it.each(['level=all', 'element=x', 'severity=', 'confidence=sure', 'rule=csv.nul-byte'])(
    'are not asked for with %s',
    async (query) => {
      expect((await get(`/v1/rules?${query}`)).json<Problem>()).toMatchObject({
        status: 400,
        code: 'request.invalid',
      });
    },
  );

  it('are told in the language that is asked for', async () => {
    const english = await get('/v1/rules/required.2');
    const korean = await get('/v1/rules/required.2', { 'accept-language': 'ko' });

    expect(english.json<RuleView>().text).toContain('must be given when Cleared (#1) is Y');
    expect(korean.json<RuleView>().text).toContain('Cleared (#1) 값이 Y이면');
    expect(korean.headers).toMatchObject({
      'content-language': 'ko',
      vary: expect.stringContaining('Accept-Language'),
    });
    expect(korean.headers.etag).not.toBe(english.headers.etag);
  });

  it.each(['/v1/rules', '/v1/rules/format.lei'])('at %s are not sent again to who has them', async (url) => {
    const first = await get(url);
    const tag = first.headers.etag!;
    const again = await get(url, { 'if-none-match': `"other", W/${tag}` });
    const inKorean = await get(url, { 'if-none-match': tag, 'accept-language': 'ko' });

    expect(first.headers['cache-control']).toBe('private, no-cache');
    expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tag]);
    expect(inKorean.statusCode).toBe(200);
  });

  it('that do not exist are answered with the nearest', async () => {
    const problem = (await get('/v1/rules/format.leicheck')).json<Problem>();

    expect(problem).toMatchObject({ status: 404, code: 'rule.unknown' });
    expect(problem.detail).toContain('format.lei-check');
  });
});
