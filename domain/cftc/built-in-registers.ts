/**
 * The registers that are used where none is loaded. Samples: they say what some codes mean, and never that a code
 * does not exist. There is no list of LEIs.
 */
import { UNDETERMINED, type ProductAttributes } from './product-attributes.ts';
import type { Registers } from './registers.ts';

/** Changes with every change of what is below, because verdicts are stored under it. */
export const BUILT_IN_VERSION = 'built-in-1';

/** Stand for "listed, but traded off venue", "not listed" and "not known". Source: specification v3.2, #98. */
export const PSEUDO_MICS: readonly string[] = ['XOFF', 'XXXX', 'BILT'];

/** Platforms seen in disseminated rows. Source: those rows. */
const SEEN_MICS = 'TWSF BBSF TPSE TSEF BMTF XLCH BTBS 360T';

/** Operating markets that everybody knows. General knowledge. */
const KNOWN_MICS = `
XNYS XNAS XCBO XCME XCBT XNYM XCEC IFUS IFEU XLON XPAR XAMS XBRU XLIS XDUB XMIL XMAD XETR XFRA XEUR XSWX XWBO XSTO
XCSE XHEL XOSL XWAR XKRX XTKS XOSE XHKG XHKF XSES XASX XNZE XTAI XSHG XSHE XBOM XNSE XBKK XKLS XIDX XTSE XMEX BVMF
XJSE XTAE
`;

const MICS = `${PSEUDO_MICS.join(' ')} ${SEEN_MICS} ${KNOWN_MICS}`.trim().split(/\s+/);

const product = (
  assetClass: ProductAttributes['assetClass'],
  instrumentType: ProductAttributes['instrumentType'],
  deliveryType: ProductAttributes['deliveryType'],
  rest: Partial<ProductAttributes> = {},
): ProductAttributes => ({ ...UNDETERMINED, assetClass, instrumentType, deliveryType, ...rest });

const constant = (underlierType: string): Partial<ProductAttributes> => ({
  underlierType,
  notionalSchedule: 'Constant',
});

/** Products of our own making, for examples and tests; no provider has issued these UPIs. */
const UPIS: readonly (readonly [upi: string, attributes: ProductAttributes])[] = [
  ['QZTNSWP00019', product('IR', 'Swap', 'CASH', constant('Overnight Index Swap (OIS)'))],
  ['QZTNSWP00027', product('IR', 'Swap', 'CASH', constant('Fixed - Floating'))],
  ['QZTNSWP00035', product('IR', 'Swap', 'CASH', constant('Fixed - Fixed'))],
  [
    'QZTNSWP00043',
    product('IR', 'Swap', 'CASH', { underlierType: 'Fixed - Floating', notionalSchedule: 'Amortizing' }),
  ],
  ['QZTNPTN0001S', product('IR', 'Option', 'CASH', { underlierType: 'Fixed - Floating' })],
  ['QZTNFXF0001V', product('FX', 'Forward', 'PHYS', { underlierType: 'Spot' })],
  ['QZTNNDF0001Z', product('FX', 'Forward', 'CASH', { underlierType: 'Spot' })],
  ['QZTNFXP0001L', product('FX', 'Option', 'PHYS', { underlierType: 'Spot' })],
  ['QZTNNDP0001Q', product('FX', 'Option', 'CASH', { underlierType: 'Spot' })],
  ['QZTNCRX00010', product('CR', 'Swap', 'CASH', { underlierType: 'Index' })],
  ['QZTNCRX0002X', product('CR', 'Swap', 'CASH', { underlierType: 'Index tranche' })],
  ['QZTNCRS00013', product('CR', 'Swap', 'CASH', { underlierType: 'Single Name' })],
  ['QZTNQTX0001D', product('EQ', 'Swap', 'CASH', { underlierType: 'Index' })],
  ['QZTNQTS0001J', product('EQ', 'Swap', 'CASH', { underlierType: 'Single Stock' })],
];

/** What is known without any file. */
export const BUILT_IN_REGISTERS: Registers = {
  upi: { entries: new Map(UPIS), isComplete: false },
  lei: null,
  mic: { entries: new Map(MICS.map((mic) => [mic, { operating: mic, expires: null }])), isComplete: false },
  version: BUILT_IN_VERSION,
};
