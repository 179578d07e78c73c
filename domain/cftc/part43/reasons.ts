/** Why a message is or is not made public, each with its source. */
import type { Basis } from '../basis.ts';

const SPECIFICATION = 'CFTC technical specification v3.2';
const APPENDIX_F = `${SPECIFICATION}, appendix F`;
const DEFINITION = '17 CFR 43.2, publicly reportable swap transaction';

type Outcome = 'public' | 'not-public' | 'undetermined';

type Row = Basis & { readonly outcome: Outcome };

const row =
  (outcome: Outcome, confidence: Basis['confidence']) =>
  (citation: string): Row => ({ outcome, citation, confidence });

const known = row('not-public', 'source');
const common = row('not-public', 'general-knowledge');
const unknown = row('undetermined', 'source');

export const PUBLICATION_REASONS = {
  'action-unknown': unknown(`${SPECIFICATION}, #26`),
  'pair-unknown': unknown(`${APPENDIX_F}, table 7`),
  'amendment-unknown': unknown(`${SPECIFICATION}, #28`),

  'end-of-day': known(`${SPECIFICATION}, #26: VALU and MARU are reported under part 45 alone`),
  porting: known(`${APPENDIX_F}, example 13`),
  'clearing-swap': known(`${APPENDIX_F}, example 6`),
  allocation: known(`${APPENDIX_F}, example 11`),
  'not-amended': known(`${SPECIFICATION}, #28; appendix F, example 1`),
  compression: known(`${APPENDIX_F}, example 7; ${DEFINITION}`),
  'pair-not-public': known(`${APPENDIX_F}, table 7`),
  'inter-affiliate': common(DEFINITION),
  'mirror-swap': common('17 CFR 43.3(a), prime brokerage: the trigger swap is public, its mirrors are not'),
  'swap-not-public': row(
    'not-public',
    'inferred',
  )('what was never published is neither changed nor ended in public'),

  reportable: row('public', 'source')(`${APPENDIX_F}, table 7; ${DEFINITION}`),
  'price-forming': row('public', 'general-knowledge')(DEFINITION),
} as const satisfies Record<string, Row>;

export type PublicationReason = keyof typeof PUBLICATION_REASONS;
