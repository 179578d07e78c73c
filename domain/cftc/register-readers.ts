/** What stands in the three register files, and what is made of it. */
import { isCalendarDate } from './dates.ts';
import { isCfi, readCfi } from './cfi.ts';
import { readFisn } from './fisn.ts';
import { isLei, isMic, isUpi } from './identifiers.ts';
import { createLeiList, LEI_STATUSES, type LeiRegister, type LeiStatus } from './lei-register.ts';
import {
  firstKnown,
  readAssetClass,
  readDeliveryType,
  readInstrumentType,
  readNotionalSchedule,
  readUnderlierType,
  UNDETERMINED,
  type ProductAttributes,
} from './product-attributes.ts';
import { findTemplate } from './product-templates.ts';
import { createRegisterReader, type RegisterReader } from './register-files.ts';
import { impliedByUseCase } from './use-cases.ts';
import type { Lookup, MicEntry } from './registers.ts';

const UPI_COLUMNS = {
  upi: { names: ['UPI'], isRequired: true },
  assetClass: { names: ['Asset Class'] },
  instrumentType: { names: ['Instrument Type'] },
  useCase: { names: ['Use Case', 'Product'] },
  underlierType: { names: ['Underlier Type', 'Underlying Asset Type'] },
  deliveryType: { names: ['Delivery Type'] },
  notionalSchedule: { names: ['Notional Schedule'] },
  cfi: { names: ['CFI', 'Classification Type'] },
  fisn: { names: ['FISN', 'Short Name'] },
};

/** The values that the provider has outside the five asset classes and three instruments. */
const OTHER = 'other';

/**
 * Makes the reader of `upi.csv`. An attribute comes from its column, else from the use case, else from the CFI, else
 * from the FISN; asset class and instrument "Other" are left undetermined.
 */
export function createUpiReader(): RegisterReader<Lookup<ProductAttributes>> {
  const entries = new Map<string, ProductAttributes>();
  return createRegisterReader(UPI_COLUMNS, {
    read(value, report) {
      const upi = value('upi');
      if (!isUpi(upi)) return report('upi', upi === '' ? 'blank' : 'invalid');
      if (entries.has(upi)) return report('upi', 'duplicate');
      const cell = <Value>(
        field: keyof typeof UPI_COLUMNS,
        read: (text: string) => Value | null,
      ): Value | null => {
        const text = value(field);
        const found = text === '' ? null : read(text);
        if (found === null && text !== '' && text.toLowerCase() !== OTHER) report(field, 'unknown');
        return found;
      };
      const columns: ProductAttributes = {
        assetClass: cell('assetClass', readAssetClass),
        instrumentType: cell('instrumentType', readInstrumentType),
        underlierType: cell('underlierType', readUnderlierType),
        deliveryType: cell('deliveryType', readDeliveryType),
        notionalSchedule: cell('notionalSchedule', readNotionalSchedule),
      };
      const cfi = value('cfi');
      if (cfi !== '' && !isCfi(cfi)) report('cfi', 'invalid');
      const template = findTemplate(columns.assetClass, columns.instrumentType ?? '', value('useCase'));
      const allows = (
        types: readonly string[],
        found: string | null,
        read: (text: string) => string | null,
      ) => found === null || types.length === 0 || types.some((type) => read(type) === found);
      if (template && !allows(template.deliveryTypes, columns.deliveryType, readDeliveryType))
        report('deliveryType', 'contradiction');
      if (template && !allows(template.underlierTypes, columns.underlierType, readUnderlierType))
        report('underlierType', 'contradiction');
      const implied = { ...UNDETERMINED, ...(template && impliedByUseCase(template)) };
      entries.set(upi, firstKnown(columns, implied, readCfi(cfi), readFisn(value('fisn'))));
    },
    end: () => ({ entries, isComplete: true }),
  });
}

const LEI_COLUMNS = {
  lei: { names: ['LEI'], isRequired: true },
  status: { names: ['Status', 'Registration Status', 'Registration.RegistrationStatus'], isRequired: true },
};

const STATUSES: ReadonlySet<string> = new Set(LEI_STATUSES);

/** Makes the reader of `lei.csv`; names and renewal dates may stand in it and are not kept. */
export function createLeiReader(): RegisterReader<LeiRegister> {
  const list = createLeiList();
  return createRegisterReader(LEI_COLUMNS, {
    read(value, report) {
      const lei = value('lei');
      if (!isLei(lei)) return report('lei', lei === '' ? 'blank' : 'invalid');
      const status = value('status').toUpperCase();
      if (!STATUSES.has(status)) return report('status', status === '' ? 'blank' : 'unknown');
      if (!list.add(lei, status as LeiStatus)) report('lei', 'duplicate');
    },
    end: list.end,
  });
}

const MIC_COLUMNS = {
  mic: { names: ['MIC'], isRequired: true },
  operating: { names: ['Operating MIC'] },
  status: { names: ['Status'] },
  expires: { names: ['Expiry Date', 'Expires'] },
};

const MIC_STATUSES: ReadonlySet<string> = new Set(['', 'ACTIVE', 'UPDATED', 'EXPIRED']);

/** Makes the reader of `mic.csv`, with dates as YYYY-MM-DD or YYYYMMDD. Source of the columns: ISO 10383. */
export function createMicReader(): RegisterReader<Lookup<MicEntry>> {
  const entries = new Map<string, MicEntry>();
  return createRegisterReader(MIC_COLUMNS, {
    read(value, report) {
      const mic = value('mic');
      if (!isMic(mic)) return report('mic', mic === '' ? 'blank' : 'invalid');
      if (entries.has(mic)) return report('mic', 'duplicate');
      const operating = value('operating') || mic;
      if (!isMic(operating)) report('operating', 'invalid');
      if (!MIC_STATUSES.has(value('status').toUpperCase())) report('status', 'unknown');
      const expires = value('expires').replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
      if (expires !== '' && !isCalendarDate(expires)) report('expires', 'invalid');
      entries.set(mic, { operating, expires: expires || null });
    },
    end: () => ({ entries, isComplete: true }),
  });
}
