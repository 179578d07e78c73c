/**
 * The tables that are used where none is loaded: the sizes and holidays that we know, no rates, and as our own
 * entities those of the demonstration, whose LEIs are nobody's.
 */
import { KOREA } from './calendars/korea.ts';
import { US_FEDERAL } from './calendars/us-federal.ts';
import type { Calendars, EntityTable, OwnEntity } from './entities.ts';
import { INITIAL_BLOCKS } from './part43/blocks.ts';
import { INITIAL_CAPS } from './part43/caps.ts';
import type { Part43Tables } from './part43/preview.ts';

export type Tables = Part43Tables & {
  readonly entities: EntityTable;
  readonly calendars: Calendars;
  /** Names of the tables that are not the operator's own. */
  readonly builtIn: readonly ('caps' | 'blocks' | 'rates' | 'entities')[];
};

const example = (lei: string): OwnEntity => ({
  lei,
  role: 'SD',
  country: 'US',
  calendar: US_FEDERAL.id,
  zone: 'America/New_York',
  financialEntity: true,
  usPerson: true,
  effectiveFrom: '2012-12-31',
  effectiveTo: null,
});

export const BUILT_IN_TABLES: Tables = {
  caps: INITIAL_CAPS,
  blocks: INITIAL_BLOCKS,
  rates: new Map(),
  // The dealer of the sample file, and the entity that the demonstration day is reported by.
  entities: { rows: ['DEMO00SAMPLEDEALER48', 'DEMO00TAINSWAPCO0029'].map(example) },
  calendars: new Map([US_FEDERAL, KOREA].map((calendar) => [calendar.id, calendar])),
  builtIn: ['caps', 'blocks', 'rates', 'entities'],
};
