/** The rules that records are judged by, for whoever wants to know why one was rejected. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { RuleList, RuleParams, RuleQuery, RuleView } from '../../contracts/rules.schema.ts';
import { LANGUAGES, type Language } from '../../contracts/texts/shape.ts';
import { RULE_SET_VERSION } from '../../domain/cftc/elements.ts';
import { nearestRules } from '../../domain/cftc/nearest-rules.ts';
import {
  catalogueRuleById,
  RULE_CATALOGUE,
  rulesOfElement,
  tellRule,
  type CatalogueRule,
} from '../../domain/cftc/rule-catalogue.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';

/** Rules and words change only with the program: one tag per language, worked out once. */
const TAGS: Readonly<Record<Language, string>> = Object.fromEntries(
  LANGUAGES.map((language) => {
    const all = JSON.stringify(RULE_CATALOGUE.map((rule) => tellRule(rule, language)));
    const hash = createHash('sha256').update(RULE_SET_VERSION).update(all).digest('hex').slice(0, 32);
    return [language, `"${hash}"`];
  }),
) as Record<Language, string>;

export function ruleRoutes(): FastifyPluginAsyncZod {
  return async (app) => {
    const NotModified = z.null().describe('The same as the answer whose ETag If-None-Match names.');

    app.get(
      '/v1/rules',
      {
        onRequest: may('rules.read'),
        schema: {
          tags: ['rules'],
          summary: 'The rules that records are judged by',
          description: 'All of them, or those that the query names. The answer has an ETag per language.',
          querystring: RuleQuery,
          response: { 200: RuleList, 304: NotModified, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const language = answerLanguage(request, reply);
        if (isKnown(request, reply, language)) return reply.code(304).send(null);
        const rules = select(request.query).map((rule) => viewRule(rule, language));
        return { ruleSetVersion: RULE_SET_VERSION, rules };
      },
    );

    app.get(
      '/v1/rules/:id',
      {
        onRequest: may('rules.read'),
        schema: {
          tags: ['rules'],
          summary: 'One rule',
          params: RuleParams,
          querystring: NoQuery,
          response: { 200: RuleView, 304: NotModified, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const rule = catalogueRuleById.get(id);
        if (!rule) throw new TainError('rule.unknown', { rule: id, nearest: nearestRules(id).join(', ') });
        const language = answerLanguage(request, reply);
        if (isKnown(request, reply, language)) return reply.code(304).send(null);
        return viewRule(rule, language);
      },
    );
  };
}

function select({ element, ...wanted }: RuleQuery): readonly CatalogueRule[] {
  const among = element === undefined ? RULE_CATALOGUE : rulesOfElement(element);
  return among.filter((rule) =>
    (['level', 'severity', 'confidence'] as const).every(
      (name) => wanted[name] === undefined || rule[name] === wanted[name],
    ),
  );
}

/** The rule as it is sent: arrays of its own, since the catalogue's are not to be changed. */
function viewRule(rule: CatalogueRule, language: Language): RuleView {
  const { elements, appliesTo, ...told } = tellRule(rule, language);
  const { messages, assetClasses } = appliesTo;
  return {
    ...told,
    elements: [...elements],
    appliesTo: { messages: [...messages], assetClasses: [...assetClasses] },
  };
}

/** Has the client got this answer already? Comparison of RFC 9110, section 13.1.2: weak tags count as equal. */
function isKnown(request: FastifyRequest, reply: FastifyReply, language: Language): boolean {
  const tag = TAGS[language];
  void reply.header('etag', tag).header('cache-control', 'private, no-cache');
  const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim());
  return known.some((one) => one === '*' || one.replace(/^W\//, '') === tag);
}
