/** What pages of rules are put together from: links, marks, sentences in both languages. */
import { RULE_TEXTS } from '../contracts/texts/describe-rules.ts';
import { LANGUAGES } from '../contracts/texts/shape.ts';
import { nameElement } from '../domain/cftc/clauses.ts';
import { conditionalityOf } from '../domain/cftc/conditionality.ts';
import type { Element } from '../domain/cftc/element-format.ts';
import { elementByNumber } from '../domain/cftc/elements.ts';
import type { CatalogueRule } from '../domain/cftc/rule-catalogue.ts';
import { ASSET_CLASSES, type MessageType } from '../domain/cftc/scopes.ts';

export const RECORDS_PAGE = 'records.md';
export const SEQUENCE_PAGE = 'sequence.md';
export const COVERAGE_PAGE = 'coverage.md';

export const MESSAGES: readonly MessageType[] = ['transaction', 'valuation', 'collateral', 'dissemination'];

/** As headings become anchors: "#67 Fixed rate" is 67-fixed-rate. */
const toAnchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .trim()
    .replaceAll(' ', '-');

/** "Notional amounts and quantities" is notional-amounts-and-quantities.md. */
export const pageOfGroup = (group: string): string => `${toAnchor(group)}.md`;

export const headingOf = ({ number, name }: Element): string => `#${number} ${name}`;

export const linkElement = (element: Element): string =>
  `[${nameElement(element.number)}](${pageOfGroup(element.group)}#${toAnchor(headingOf(element))})`;

/** A rule's id, with a link to where it is explained. */
export function linkRule({ id, level, elements }: Pick<CatalogueRule, 'id' | 'level' | 'elements'>): string {
  if (level === 'sequence') return `[\`${id}\`](${SEQUENCE_PAGE}#${toAnchor(id)})`;
  if (level !== 'conditional') return `[\`${id}\`](${RECORDS_PAGE}#${toAnchor(id)})`;
  const element = elementByNumber.get(elements[0]!)!;
  return `[\`${id}\`](${pageOfGroup(element.group)}#${toAnchor(headingOf(element))})`;
}

/** "error · source", in both languages. */
export const marksOf = ({ severity, confidence }: CatalogueRule): string =>
  LANGUAGES.map((language) => {
    const { severities, confidences } = RULE_TEXTS[language];
    return `${severities[severity].name} · ${confidences[confidence].name}`;
  }).join(' / ');

/** M, C, O or NR of the five asset classes; one of them where all are the same. */
export function conditionalities(number: string, message: MessageType): string {
  const all = ASSET_CLASSES.map((assetClass) => conditionalityOf(number, message, assetClass));
  return new Set(all).size === 1 ? all[0]! : all.map((one, at) => `${ASSET_CLASSES[at]} ${one}`).join(', ');
}

type Cell = string | number;
const row = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`;

export const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
