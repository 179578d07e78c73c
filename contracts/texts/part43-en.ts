/** The words of the part 43 preview and of due times, in English. part43-ko.ts follows. */

/** Why a message is published or not. */
export const PUBLICATION_EN = {
  'action-unknown': 'It cannot be said whether it is published: the action type (#26) is missing or unknown.',
  'pair-unknown':
    'It cannot be said whether it is published: nothing is known of this pair of action and event type.',
  'amendment-unknown': 'It cannot be said whether it is published: the amendment indicator (#28) is missing.',
  'end-of-day': 'Not published: valuations and margin are reported under part 45 alone.',
  porting: 'Not published: a swap that moves from one repository to another is no new transaction.',
  'clearing-swap': 'Not published: a swap that clearing made. The original swap and its end are published.',
  allocation: 'Not published: the swap was published before it was allocated.',
  'not-amended': 'Not published: the message adds to the report, and no term was renegotiated.',
  compression: 'Not published: a compression, unless its price was formed between the parties.',
  'pair-not-public': 'Not published: this pair of action and event type is reported under part 45 alone.',
  'inter-affiliate': 'Not published: a swap between affiliates that moves no market risk.',
  'mirror-swap': 'Not published: it mirrors a swap of a prime broker that is published itself.',
  'swap-not-public': 'Not published: the swap itself never was.',
  reportable: 'Published.',
  'price-forming': 'Published: its price was formed between the parties.',
} satisfies Record<string, string>;

/** What is missing to tell an amount, a size or a time, and what to do. */
export const GAPS_EN = {
  'asset-class-unknown': 'The asset class is not known; load the register of products.',
  'category-unknown':
    'The category of the product is not known; name it, or add a row for every category (*).',
  'tenor-unknown': 'The tenor is not known; check the effective and expiration dates (#94, #95).',
  'no-row': 'The table of sizes has no row for the swap; add one.',
  'not-in-force': 'No row of the table of sizes holds on the execution date; load the sizes in force then.',
  'block-size-unknown':
    'The cap is at least the block size, which the table does not have; load the block sizes.',
  'notional-unknown': 'The notional amount in dollars is not known; load rates for the day.',
  'rate-unknown': 'No rate is loaded for a currency of the swap on the day; load rates.',
  'not-an-amount': 'A notional amount is not a number; correct the record.',
  'no-legs': 'The record has no notional amount; report it (#31).',
  'start-unknown': 'The day from which days are counted is not known; check the timestamps of the record.',
  'calendar-not-loaded': 'The holiday calendar of the entity is not loaded; load it.',
  'calendar-does-not-cover':
    'The holiday calendar does not cover the days that count; load a list for their year.',
  mandatoryClearing: 'It is not known whether the swap must be cleared; report the indicator.',
  clearingException: 'It is not known whether an exception from clearing was taken (#11, #12); state it.',
  dealer: 'It is not known whether a party is a swap dealer or major swap participant; state it.',
  assetClass:
    'The asset class is not known, and commodities have a delay of their own; load the register of products.',
  calendar: 'The end of the delay lies outside of the calendar; check the execution timestamp (#96).',
} satisfies Record<string, string>;
