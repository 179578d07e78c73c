/** The conditional rules on the columns of a layout: which column holds what, and what they tell of the product. */
import {
  createConditionalCheck,
  type Broken,
  type KnownProduct,
  type RecordView,
} from '../cftc/conditional-check.ts';
import type { Profile } from '../cftc/profiles.ts';
import { ASSET_CLASSES } from '../cftc/scopes.ts';
import type { Layout } from './header.ts';

const PRODUCT_SLOTS = [
  'assetClass',
  'upi.instrumentType',
  'upi.underlierType',
  'upi.deliveryType',
  'upi.notionalSchedule',
];
const STREAMS = ['fixedRate', 'floatingRate'];

export function createRecordCheck(
  layout: Layout,
  { profile, submittedOn }: { readonly profile: Profile; readonly submittedOn: string | null },
): (record: RecordView) => Broken[] | null {
  const columnOf = (slot: string): number => layout.columns.findIndex((column) => column.slot === slot);
  const places = layout.columns.flatMap(({ index, element, leg, slot }) => {
    if (element === null || slot === null) return [];
    const stream = element.streams ? (STREAMS.find((one) => slot.startsWith(one)) ?? '') : '';
    return [{ index, number: element.number, leg, stream }];
  });
  const productColumns = PRODUCT_SLOTS.map(columnOf);
  return createConditionalCheck(places, {
    profile,
    submittedOn,
    columnCount: layout.columns.length,
    messageColumn: columnOf('messageType'),
    assetClassColumn: columnOf('assetClass'),
    productOf: (values) => readProduct(productColumns.map((column) => (column < 0 ? '' : values[column]!))),
    productColumns,
  });
}

/** What the columns of a record tell of its product. */
function readProduct(facts: readonly string[]): KnownProduct {
  const [assetClass, instrumentType, underlierType, deliveryType, notionalSchedule] = facts.map(
    (one) => one || null,
  );
  return {
    assetClass: ASSET_CLASSES.find((one) => one === assetClass) ?? null,
    instrumentType: instrumentType!,
    underlierType: underlierType!,
    deliveryType: deliveryType!,
    notionalSchedule: notionalSchedule!,
  };
}
