/** What the use case of a product says of it, beside what its attributes say. */
import { NON_DELIVERABLE, templateKey, type ProductTemplate } from './product-templates.ts';

/**
 * Types of the underlier that a use case leaves no choice about, concluded from its name.
 */
const IMPLIED_UNDERLIERS: ReadonlyMap<string, string> = new Map(
  (
    [
      ['CR', 'Swap', 'Index', 'Index'],
      ['CR', 'Swap', 'Index_Tranche', 'Index tranche'],
      ['IR', 'Swap', 'Basis', 'Basis Swap (Float - Float)'],
      ['IR', 'Swap', 'Cross_Currency_Basis', 'Basis Swap (Float - Float)'],
      ['IR', 'Swap', 'Cross_Currency_Fixed_Fixed', 'Fixed - Fixed'],
      ['IR', 'Swap', 'Cross_Currency_Fixed_Float', 'Fixed - Floating'],
      ['IR', 'Swap', 'Fixed_Fixed', 'Fixed - Fixed'],
      ['IR', 'Swap', 'Fixed_Float', 'Fixed - Floating'],
      ['IR', 'Swap', 'Fixed_Float_OIS', 'Overnight Index Swap (OIS)'],
    ] as const
  ).map(([assetClass, instrumentType, useCase, underlier]) => [
    templateKey(assetClass, instrumentType, useCase),
    underlier,
  ]),
);

/** What a use case alone says of its products; null where it leaves a choice. Inferred. */
export const impliedByUseCase = ({ assetClass, instrumentType, useCase }: ProductTemplate) => ({
  underlierType: IMPLIED_UNDERLIERS.get(templateKey(assetClass, instrumentType, useCase)) ?? null,
  deliveryType: NON_DELIVERABLE.has(useCase) ? ('CASH' as const) : null,
});
