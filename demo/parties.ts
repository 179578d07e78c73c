/** Who trades in the demo: fictitious entities with well-formed identifiers, and the products they trade. */
import { leiCheckDigits, upiCheckCharacter } from '../domain/cftc/identifiers.ts';
import { hashText } from './random.ts';

export type Entity = { readonly name: string; readonly lei: string };

const LEI_BODY = 18;
const UPI_ALPHABET = '0123456789BCDFGHJKLMNPQRSTVWXZ';

/** A fictitious entity; its LEI is made from its name, so that people recognise it in a file. */
function entity(name: string): Entity {
  const letters = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  const body = `DEMO00${letters}`.padEnd(LEI_BODY, '0').slice(0, LEI_BODY);
  return { name, lei: body + leiCheckDigits(body) };
}

/** The reporting entity that the demo files come from. */
export const OUR_ENTITY = entity('Tain Swap Co');

export const COUNTERPARTIES: readonly Entity[] = [
  'North Harbor Bank',
  'Alder Capital',
  'Bluestone Fund',
  'Cedar Pension',
  'Delta Grain Co',
  'Eastgate Insure',
  'Falcon Airways',
  'Granite Macro',
  'Hudson Credit',
  'Ivory Treasury',
  'Juniper Energy',
  'Kestrel Metals',
].map(entity);

export const CLEARING_HOUSES: readonly Entity[] = ['Atlas Clearing', 'Meridian CCP'].map(entity);
export const CLEARING_MEMBERS: readonly Entity[] = [
  'Summit Clearing',
  'Ridge Futures',
  'Vale Securities',
].map(entity);
export const REPOSITORIES: readonly Entity[] = ['First SDR', 'Second SDR'].map(entity);
export const FACILITIES: readonly Entity[] = ['Prairie SEF', 'Coastal SEF'].map(entity);

/** Market identifier codes: facilities by shape, then the codes for swaps that no facility saw. */
export const FACILITY_MICS: readonly string[] = ['TWSF', 'BBSF', 'TPSE', 'TSEF', '360T'];
export const OFF_FACILITY_MICS: readonly string[] = ['XOFF', 'XXXX', 'BILT'];

/** Natural persons are told apart by letters and digits of the reporting entity's choice. */
export const NATURAL_PERSONS: readonly string[] = ['PERSON0001', 'PERSON0002'].map(
  (tail) => OUR_ENTITY.lei + tail,
);

/** The well-formed UPI that stands for a product of the demo; always the same for the same name. */
export function upiOf(product: string): string {
  let body = 'QZ';
  for (let place = 0; place < 9; place += 1)
    body += UPI_ALPHABET[hashText(product, place) % UPI_ALPHABET.length]!;
  return body + upiCheckCharacter(body);
}
