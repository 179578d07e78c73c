/**
 * The rules about the order of messages: what may follow what, per swap. The pair of action and event is judged per
 * record too (check-pair.ts). Texts for people are in contracts/texts, under the same ids.
 */
import type { Rule } from './rules.ts';

/** A rule of level `sequence`, with the numbers of the elements that it looks at. */
export type SequenceRule = Rule & { readonly level: 'sequence'; readonly elements: readonly string[] };

const SPECIFICATION = 'CFTC technical specification v3.2';
const APPENDIX = `${SPECIFICATION}, appendix F`;
/** The marks of the published table are lost: see action-events.ts. */
const TABLE_7 = `${APPENDIX}, table 7, as its examples and the encoding in ISDA DRR 6.10.0 have it`;

type Weight = Pick<Rule, 'severity' | 'confidence'>;

const sequence =
  (weight: Weight) =>
  (elements: string, citation: string, ...params: string[]): SequenceRule => ({
    level: 'sequence',
    ...weight,
    elements: elements.split(' '),
    citation,
    params,
  });

const source = sequence({ severity: 'error', confidence: 'source' });
const concluded = sequence({ severity: 'warning', confidence: 'inferred' });
const known = sequence({ severity: 'warning', confidence: 'general-knowledge' });
const inLedger = (rule: SequenceRule): SequenceRule => ({ ...rule, ledgerOnly: true });

export const SEQUENCE_RULES = {
  'sequence.pair': source('26 27', TABLE_7, 'action', 'allowed', 'evidence'),
  'sequence.pair-part-43': source('26 27', TABLE_7, 'action', 'allowed', 'evidence'),
  'sequence.event-blank': source('26 27', `${APPENDIX}, footnote 106`, 'action'),
  'sequence.event-missing': source('26 27', `${APPENDIX}, table 7`, 'action', 'allowed'),

  'sequence.prior-missing': source('26', `${APPENDIX}, figure 1`, 'action'),
  'sequence.new-known': source('26', `${APPENDIX}, figure 1`, 'state'),
  'sequence.action-in-state': source('26', `${APPENDIX}, figure 1`, 'state', 'allowed'),
  'sequence.errored': source('26', `${APPENDIX}, figure 1`),
  'sequence.transferred-out': source('26 27', `${APPENDIX}, figure 1 and footnote 108`),
  'sequence.action-part-43': inLedger(known('26', `${APPENDIX}, figure 2`, 'state', 'allowed')),

  'sequence.event-before-execution': source('30 96', `${SPECIFICATION}, #30`, 'execution'),
  'sequence.terms-changed': source(
    '26',
    `${SPECIFICATION}, validations of TERM, PRTO and EROR`,
    'action',
    'was',
  ),
  'sequence.revival-changes-terms': concluded('26', `${APPENDIX}, example 2`, 'was'),
  'sequence.nothing-changed': concluded('26', `${SPECIFICATION}, #26`, 'action'),
  'sequence.amendment-expected': concluded('28', `${SPECIFICATION}, #28`, 'element', 'was', 'now'),

  'sequence.duplicate': concluded('26 27 30 97', 'a message is one whatever way it comes', 'first'),
  'sequence.conflict': concluded('26 27 30 97', 'an event has one content', 'first'),
  'sequence.linked-swap-unknown': inLedger(
    concluded('5 6 7 8 100 101', `${SPECIFICATION}, #5 to #8, #100 and #101`),
  ),
  'sequence.portfolio-unknown': inLedger(concluded('116 124', `${SPECIFICATION}, #116 and #124`)),
} satisfies Record<string, SequenceRule>;
