/**
 * Every rule: the structure of a record, the format of a value, the agreement of values inside a record, which intake
 * judges, and the order of a swap's messages. Texts for people are in contracts/texts, under the same ids.
 */
import type { Severity } from '../../contracts/issues.ts';
import type { Confidence, RuleLevel } from '../../contracts/rules.ts';
import { FEED_RULES } from './feed-rules.ts';
import { SEQUENCE_RULES } from './sequence-rules.ts';

export type { Confidence } from '../../contracts/rules.ts';

export type Rule = {
  readonly level: Exclude<RuleLevel, 'conditional'>;
  /** `error` rejects the record, `warning` does not. */
  readonly severity: Severity;
  readonly citation: string;
  readonly confidence: Confidence;
  /** Names of the parameters that a finding of this rule carries. */
  readonly params: readonly string[];
  /** Numbers of the elements it looks at. Absent: those whose format asks for it (format-rules.ts), or none. */
  readonly elements?: readonly string[];
  /** Needs every swap that was ever reported, or the part of each report: no file alone tells them. */
  readonly ledgerOnly?: true;
};

const SPECIFICATION = 'CFTC technical specification v3.2';
const FORMATS = `${SPECIFICATION}, formats`;

const rule =
  (level: Rule['level'], severity: Severity, confidence: Confidence) =>
  (citation: string, ...params: string[]): Rule => ({ level, severity, citation, confidence, params });

const csv = rule('csv', 'error', 'own');
const source = rule('format', 'error', 'source');
/** Sources, but warnings: the registers are the operator's own copies, and may be older than the swap. */
const registered = rule('format', 'warning', 'source');
const own = rule('record', 'error', 'own');

/** Rules by id. An id is never given a second meaning; a rule that changes gets a new id. */
export const RULES = {
  'csv.field-count': csv('RFC 4180, section 2, rule 4', 'expected', 'actual'),
  'csv.unclosed-quote': csv('RFC 4180, section 2, rules 5 and 6', 'field'),
  'csv.stray-quote': csv('RFC 4180, section 2, rules 5 and 7', 'field'),
  'csv.stray-carriage-return': csv('RFC 4180, section 2, rules 1 and 6', 'field'),
  'csv.record-too-long': csv('a record that outgrows memory is kept as its place and hash', 'max', 'actual'),
  // Files are checked as a whole before their first record; only altered bytes break this one.
  'csv.not-utf8': csv('RFC 3629, section 3'),
  'csv.nul-byte': csv('RFC 4180, section 2, TEXTDATA'),

  'format.empty': rule('format', 'error', 'own')(`${FORMATS}, repeatable elements`),
  'format.decimal': source(FORMATS),
  'format.digits': source(FORMATS, 'digits', 'decimals', 'actual'),
  'format.integer': source(`${SPECIFICATION}, #50 and #73`),
  'format.range': source(`${SPECIFICATION}, allowable values`, 'range'),
  'format.boolean': source(FORMATS),
  'format.date': source(`${FORMATS}; ISO 8601`, 'problem'),
  'format.timestamp': source(`${FORMATS}; ISO 8601`, 'problem'),
  'format.date-or-timestamp': source(`${SPECIFICATION}, #113 and its footnote`, 'problem'),
  'format.length': source(FORMATS, 'max', 'actual'),
  'format.alphanumeric': source(FORMATS, 'position'),
  'format.lei': source('ISO 17442'),
  'format.lei-check': source('ISO 17442; ISO 7064 MOD 97-10'),
  'format.lei-prefix': source(`${SPECIFICATION}, validations; ISO 17442`),
  'format.uti': source(`${SPECIFICATION}, #103; ISO 23897`, 'actual'),
  'format.uti-case': rule('format', 'warning', 'general-knowledge')('ISO 23897'),
  'format.event-identifier': source(`${SPECIFICATION}, #29`, 'actual'),
  'format.upi': source(`${SPECIFICATION}, #87; ISO 4914`),
  'format.upi-check': source('ISO 4914; ISO 7064 MOD 31,30'),
  'format.upi-shape': rule('format', 'warning', 'inferred')(`${SPECIFICATION}, #87`),
  'format.mic': source(`${SPECIFICATION}, #98; ISO 10383`),
  // What a register does not have, or has as given up. Nothing is checked against a register that is not loaded.
  'format.mic-unknown': registered(`${SPECIFICATION}, #98; ISO 10383`),
  'format.upi-unknown': registered(`${SPECIFICATION}, #87; ISO 4914`),
  'format.lei-unknown': registered(`${SPECIFICATION}, validations; ISO 17442`),
  'format.lei-lapsed': rule('format', 'warning', 'general-knowledge')('Global LEI System', 'status'),
  'format.usi-namespace': rule('format', 'warning', 'general-knowledge')('CFTC USI data standard', 'actual'),
  'format.currency-pair': source(`${SPECIFICATION}, #66 and #77`),

  'code.unknown': source(`${SPECIFICATION}, allowable values`, 'allowed'),
  'code.spelling': source(`${SPECIFICATION}, allowable values`, 'expected'),
  'code.currency': source('ISO 4217', 'code'),
  'code.currency-withdrawn': rule('format', 'warning', 'inferred')('ISO 4217', 'code', 'withdrawn'),
  'code.currency-expired': source('ISO 4217', 'code', 'withdrawn', 'date'),
  'code.currency-cnh': source(`${SPECIFICATION}, #90`),
  'code.country': source('ISO 3166-1 alpha-2'),

  'record.empty': own('a record without any value reports nothing'),
  'record.set-count': own(
    `${SPECIFICATION}, #33 to #35 and #57 to #62`,
    'set',
    'expected',
    'actual',
    'other',
  ),
  'record.undetermined': rule('record', 'unchecked', 'source')(
    `${SPECIFICATION}, references of the form UPI.x`,
    'count',
    'rules',
  ),
  'record.issues-left-out': rule(
    'record',
    'unchecked',
    'own',
  )('a verdict is stored and told as a whole, whatever the record is', 'count'),
  'record.product-conflict': rule(
    'record',
    'warning',
    'inferred',
  )(`${SPECIFICATION}, references of the form UPI.x`, 'attributes'),
  'record.message-type': own(`${SPECIFICATION}, scopes of the validations`, 'allowed'),
  'record.correction-reference': rule(
    'record',
    'warning',
    'own',
  )('the column tainRecord names a record of a received file'),
  'record.asset-class': rule('record', 'error', 'source')(`${SPECIFICATION}, asset classes`, 'allowed'),

  ...FEED_RULES,
  ...SEQUENCE_RULES,
} satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;
