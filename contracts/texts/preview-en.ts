/** The words around the preview of a record, in English. preview-ko.ts follows. */

export const PREVIEW_EN = {
  labels: {
    when: 'when',
    amounts: 'amounts',
    block: 'block',
    reporter: 'reports',
    owed: 'owed',
    assumed: 'taken for granted, because no record says otherwise',
    ifUncapped: 'if it is not capped',
  },
  /** What stands in for a fact that no record carries. */
  assumed: {
    interAffiliate: 'the parties are no affiliates of each other',
    priceForming: 'its price was not formed between the parties',
    mirrorSwap: 'it mirrors no swap of a prime broker',
    swapIsPublic: 'the swap itself was published',
  },
  noExecution: 'It cannot be said when: the execution timestamp (#96) is missing.',
  atOnce: (from: string) => `as soon as technologically practicable from ${from} on`,
  delayed: (at: string, table: string) => `delayed until ${at} (table ${table})`,
  postPriced: (from: string, latest: string) =>
    `when the price is known, from ${from} on, at the latest ${latest}`,
  oneOf: (table: string, at: string) => `table ${table}: ${at}`,
  timeUnknown: 'It cannot be said when.',
  noTime: 'not known',
  capped: (usd: string) => `capped at ${usd} USD`,
  rounded: 'rounded',
  asReported: 'as reported',
  more: (count: string) => `… and ${count} more`,
  moreRecords: (count: string) => `… and ${count} more records (--limit shows more).`,
  block: { yes: 'reaches the block size', no: 'below the block size', unknown: 'not known' },
  electionBelowSize:
    'A block or large notional swap was elected, and the swap does not reach the size; check the election (#93).',

  /** How the record names the entity of ours; `entity` is its LEI and role, '' where there is none. */
  named: {
    facility: (entity: string) => `${entity}, the facility that submits it (#22)`,
    reporting: (entity: string) => `${entity}, named as the one that reports (#13)`,
    other: () => 'the other party is named as the one that reports (#13), ours as counterparty 2 (#14)',
    none: () =>
      'Neither counterparty (#13, #14) is an entity of ours; list ours in entities.csv in the folder TAIN_TABLE_DIR.',
    'date-unknown': () => 'It cannot be said whose duty it is: the record has no timestamp (#96, #30, #97).',
  },
  rule: {
    we: (reason: string) => `by the rule ours reports: ${reason}`,
    'not-we': (reason: string) => `by the rule it is not ours that reports: ${reason}`,
    undetermined: (reason: string) => `the rule alone cannot say who reports: ${reason}`,
  },
  reasons: {
    facility: 'a facility reports what was executed on it',
    'none-is-ours': 'neither party is ours',
    'both-are-ours': 'both parties are ours',
    'clearing-organization': 'a clearing organization goes before everybody',
    'swap-dealer': 'a swap dealer goes before the other party',
    'major-swap-participant': 'a major swap participant goes before the other party',
    'financial-entity': 'a financial entity goes before the other party',
    'us-person': 'among equals the US person reports',
    'by-agreement': 'the parties are equals, and agree on it',
    'premise-unknown': 'the role of a party, its kind or its home is not known',
  },
  obligations: {
    creation: 'creation data',
    lifecycle: 'lifecycle event data',
    'alpha-termination': 'the end of the original swap',
    valuation: 'the valuation',
    collateral: 'margin and collateral',
    verification: 'the verification of open swaps',
    'error-correction': 'the correction',
  },
  due: (what: string, local: string, utc: string) => `${what} due ${local} (${utc})`,
  noDue: (what: string, gap: string) => `${what}, due nobody can say when. ${gap}`,
  inTime: (reported: string) => `reported ${reported} (#97), in time`,
  late: (reported: string, by: string) => `reported ${reported} (#97), late by ${by}`,
  notReported: 'in time or late is not known: the reporting timestamp (#97) is blank',
  lateness: (days: number, hours: number, minutes: number, seconds: number) =>
    `${days} d ${hours} h ${minutes} min ${seconds} s`,
  nothingOwed: 'nothing for this message',
  byFacility: 'nothing for the new swap: the facility on which it was executed reports it',
  premises: {
    discovery: 'Days count from the discovery of the error, which no record tells; keep a note of it.',
    'whose-corporate-event':
      'Taken as a corporate event of the one that reports; one of the other party is due a business day later.',
  },

  counts: (file: string, read: string, accepted: string, rejected: string) =>
    `${file}: read ${read} = accepted ${accepted} + rejected ${rejected}`,
  outcomes: (published: string, kept: string, unknown: string) =>
    `previewed: published ${published} + not published ${kept} + not known ${unknown}`,
  duties: (inTime: string, late: string, unknown: string) =>
    `duties: in time ${inTime} + late ${late} + not known ${unknown}`,
  /** `until` is the last day on which the sizes hold. */
  builtInTables: {
    caps: (until: string) => `caps until ${until}`,
    blocks: (until: string) => `block sizes until ${until}`,
    rates: () => 'no rates',
    entities: () => 'the entities of the demonstration',
  },
  builtIn: (tables: string) =>
    `Built in and not yours: ${tables}. Put your tables into the folder TAIN_TABLE_DIR; docs/tables.md says how.`,
};

export type PreviewTexts = typeof PREVIEW_EN;
