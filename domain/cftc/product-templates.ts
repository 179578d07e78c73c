/**
 * The products that a UPI can be issued for: 110 templates of the UPI service provider, by asset class, instrument
 * type and use case. Source: ANNA DSB, product definitions of July 2026, UPI record templates.
 */
import type { AssetClass } from './scopes.ts';

export type ProductTemplate = {
  /** Null for what the provider files under "Other". */
  readonly assetClass: AssetClass | null;
  readonly instrumentType: 'Swap' | 'Forward' | 'Option' | 'Other';
  readonly useCase: string;
  /** Attributes that a product must have, by the provider's names. */
  readonly required: readonly string[];
  /** Values of the delivery type, as the provider writes them; empty when the template fixes it. */
  readonly deliveryTypes: readonly string[];
  /** Values of the type of the underlier; empty when the template has no list of them. */
  readonly underlierTypes: readonly string[];
};

/** Templates that differ in use case and required attributes. */
type Family = Pick<ProductTemplate, 'assetClass' | 'instrumentType' | 'deliveryTypes' | 'underlierTypes'> & {
  /** Use cases with a list of their own. */
  readonly otherUnderliers?: Readonly<Record<string, readonly string[]>>;
  /** Use cases, and the attributes that all of them require beside a delivery type. */
  readonly useCases: readonly (readonly [useCases: string, required: string])[];
};

const CASH_OR_PHYSICAL = ['CASH', 'PHYS'];
const ANY_DELIVERY = [...CASH_OR_PHYSICAL, 'OPTL'];

/** Use cases without a delivery type of their own: they are settled in cash by their nature. */
export const NON_DELIVERABLE: ReadonlySet<string> = new Set(['NDF', 'NDO']);

/** Use cases that require no delivery type. */
const WITHOUT_DELIVERY: ReadonlySet<string> = new Set([...NON_DELIVERABLE, 'Undefined']);

const words = (text: string): readonly string[] => (text === '' ? [] : text.split(' '));
const list = (text: string): readonly string[] => text.split('; ');

const FAMILIES: readonly Family[] = [
  {
    assetClass: 'CO',
    instrumentType: 'Forward',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: list(
      'Energy; Metals; Agriculture; Environmental; Freight; Polypropylene Products; Paper; Fertilizer; Index; Basket; Other',
    ),
    otherUnderliers: {
      Forward: [],
      Non_Standard: [],
    },
    useCases: [
      ['Forward', 'ReferenceRate BaseProduct ReturnorPayoutTrigger'],
      ['Multi_Exotic_Forward', 'BaseProduct ReturnorPayoutTrigger'],
      ['Non_Standard', 'Underlying NotionalCurrency ReturnorPayoutTrigger'],
      ['Single_Index', 'Underlying BaseProduct ReturnorPayoutTrigger'],
    ],
  },
  {
    assetClass: 'CO',
    instrumentType: 'Option',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list(
      'Energy; Metals; Agriculture; Environmental; Freight; Polypropylene Products; Paper; Fertilizer; Index; Multi Commodity; Options; Forwards; Futures; Swap; Other',
    ),
    useCases: [
      ['Multi_Exotic_Option', 'BaseProduct ValuationMethodorTrigger'],
      ['Non_Standard', 'Underlying NotionalCurrency ValuationMethodorTrigger'],
      ['Option', 'ReferenceRate BaseProduct OptionType OptionExerciseStyle ValuationMethodorTrigger'],
      ['Single_Index', 'BaseProduct Underlying OptionType OptionExerciseStyle ValuationMethodorTrigger'],
      ['Swaption', 'UnderlyingInstrumentUPI OptionType OptionExerciseStyle ValuationMethodorTrigger'],
    ],
  },
  {
    assetClass: 'CO',
    instrumentType: 'Swap',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list(
      'Energy; Metals; Agriculture; Environmental; Freight; Polypropylene Products; Paper; Fertilizer; Index; Multi Commodity; Other',
    ),
    otherUnderliers: {
      Basis_Swap: [],
      Non_Standard: [],
      Swap: [],
    },
    useCases: [
      ['Basis_Swap', 'ReferenceRate OtherReferenceRate BaseProduct OtherBaseProduct ReturnorPayoutTrigger'],
      ['Multi_Exotic_Swap', 'BaseProduct ReturnorPayoutTrigger'],
      ['Non_Standard', 'NotionalCurrency BaseProduct ReturnorPayoutTrigger'],
      ['Single_Index', 'Underlying BaseProduct ReturnorPayoutTrigger'],
      ['Swap', 'ReferenceRate BaseProduct ReturnorPayoutTrigger'],
    ],
  },
  {
    assetClass: 'CR',
    instrumentType: 'Forward',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: list('Single Name; Basket'),
    useCases: [['Non_Standard', 'UnderlierCharacteristic ReturnorPayoutTrigger']],
  },
  {
    assetClass: 'CR',
    instrumentType: 'Option',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list('CDS on Single Name; CDS on Index Tranche; CDS on Index; Swaps; Other'),
    useCases: [
      [
        'Index_Swaption Single_Name_Swaption',
        'UnderlyingInstrumentUPI OptionType OptionExerciseStyle ValuationMethodorTrigger',
      ],
      ['Non_Standard', 'Underlying ValuationMethodorTrigger'],
    ],
  },
  {
    assetClass: 'CR',
    instrumentType: 'Swap',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list('Single Name; Index Tranche; Index; Basket; Other'),
    useCases: [
      ['ABS Loan', 'Underlying DebtSeniority UnderlyingIssuerType'],
      ['Corporate Municipal Sovereign', 'Underlying DebtSeniority'],
      ['Index Index_Tranche', 'Underlying UnderlyingIssuerType'],
      ['Non_Standard', 'UnderlyingAssetType Underlying UnderlyingIssuerType ReturnorPayoutTrigger'],
      ['Total_Return_Swap', 'Underlying'],
    ],
  },
  {
    assetClass: 'EQ',
    instrumentType: 'Forward',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: list('Single Stock; Index; Basket; Options; Futures'),
    useCases: [
      ['Non_Standard', 'UnderlyingAssetType ReturnorPayoutTrigger'],
      ['Price_Return_Basic_Performance_Basket', 'ReturnorPayoutTrigger'],
      ['Price_Return_Basic_Performance_Basket_CFD', ''],
      ['Price_Return_Basic_Performance_Single_Index', 'Underlying ReturnorPayoutTrigger'],
      ['Price_Return_Basic_Performance_Single_Index_CFD', 'Underlying'],
      ['Price_Return_Basic_Performance_Single_Name', 'UnderlyingInstrumentISIN ReturnorPayoutTrigger'],
      ['Price_Return_Basic_Performance_Single_Name_CFD', 'UnderlyingInstrumentISIN'],
    ],
  },
  {
    assetClass: 'EQ',
    instrumentType: 'Option',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list('Single Stock; Index; Basket; Options; Forwards; Futures; Other'),
    useCases: [
      ['Basket', 'OptionType OptionExerciseStyle ValuationMethodorTrigger'],
      ['Non_Standard', 'UnderlyingAssetType ValuationMethodorTrigger'],
      ['Single_Index', 'Underlying OptionType OptionExerciseStyle ValuationMethodorTrigger'],
      ['Single_Name', 'UnderlyingInstrumentISIN OptionType OptionExerciseStyle ValuationMethodorTrigger'],
    ],
  },
  {
    assetClass: 'EQ',
    instrumentType: 'Swap',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list('Single Stock; Index; Basket; Other'),
    otherUnderliers: {
      Total_Return_Swap_Basket: [],
      Total_Return_Swap_Single_Index: [],
      Total_Return_Swap_Single_Name: [],
    },
    useCases: [
      ['Non_Standard', 'UnderlyingAssetType Underlying ReturnorPayoutTrigger'],
      [
        'Parameter_Return_Dividend_Basket Parameter_Return_Variance_Basket Parameter_Return_Volatility_Basket Price_Return_Basic_Performance_Basket_CFD Total_Return_Swap_Basket',
        '',
      ],
      [
        'Parameter_Return_Dividend_Single_Index Parameter_Return_Variance_Single_Index Parameter_Return_Volatility_Single_Index Price_Return_Basic_Performance_Single_Index_CFD Total_Return_Swap_Single_Index',
        'Underlying',
      ],
      [
        'Parameter_Return_Dividend_Single_Name Parameter_Return_Variance_Single_Name Parameter_Return_Volatility_Single_Name Price_Return_Basic_Performance_Single_Name_CFD Total_Return_Swap_Single_Name',
        'UnderlyingInstrumentISIN',
      ],
      ['Portfolio_Swap Price_Return_Basic_Performance_Basket', 'ReturnorPayoutTrigger'],
      [
        'Portfolio_Swap_Other Portfolio_Swap_Single_Name Price_Return_Basic_Performance_Single_Name',
        'UnderlyingInstrumentISIN ReturnorPayoutTrigger',
      ],
      [
        'Portfolio_Swap_Single_Index Price_Return_Basic_Performance_Single_Index',
        'Underlying ReturnorPayoutTrigger',
      ],
    ],
  },
  {
    assetClass: 'FX',
    instrumentType: 'Forward',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: list('Spot; Forward; Options; Futures'),
    useCases: [
      [
        'Contract_For_Difference Rolling_Spot Spreadbet Vol_Var',
        'NotionalCurrency OtherNotionalCurrency SettlementCurrency',
      ],
      ['Forward TARF', 'NotionalCurrency OtherNotionalCurrency'],
      ['NDF', 'NotionalCurrency OtherNotionalCurrency SettlementCurrency'],
      ['Non_Standard', 'NotionalCurrency OtherNotionalCurrency UnderlyingAssetType ReturnorPayoutTrigger'],
    ],
  },
  {
    assetClass: 'FX',
    instrumentType: 'Option',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list('Forwards; Futures; Spot; Volatility; Other'),
    useCases: [
      [
        'Barrier_Option',
        'NotionalCurrency OtherNotionalCurrency OptionType OptionExerciseStyle SettlementCurrency',
      ],
      [
        'Digital_Option',
        'NotionalCurrency OtherNotionalCurrency OptionType OptionExerciseStyle ValuationMethodorTrigger SettlementCurrency',
      ],
      [
        'Forward_Vol_Agreement Target_Option Vanilla_Option',
        'NotionalCurrency OtherNotionalCurrency OptionType OptionExerciseStyle',
      ],
      [
        'NDO',
        'NotionalCurrency OtherNotionalCurrency OptionType OptionExerciseStyle ValuationMethodorTrigger SettlementCurrency',
      ],
      ['Non_Standard', 'NotionalCurrency OtherNotionalCurrency UnderlyingAssetType ValuationMethodorTrigger'],
    ],
  },
  {
    assetClass: 'FX',
    instrumentType: 'Swap',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: [],
    useCases: [['FX_Swap Non_Deliverable_FX_Swap', 'NotionalCurrency OtherNotionalCurrency']],
  },
  {
    assetClass: null,
    instrumentType: 'Forward',
    deliveryTypes: ['Cash', 'Physical', 'Non-Deliverable'],
    underlierTypes: [],
    useCases: [['Non_Standard', 'UnderlyingAssetClass']],
  },
  {
    assetClass: null,
    instrumentType: 'Option',
    deliveryTypes: ['Cash', 'Physical', 'Elect at Exercise', 'Auction', 'Non-Deliverable'],
    underlierTypes: [],
    useCases: [['Non_Standard', 'ValuationMethodorTrigger']],
  },
  {
    assetClass: null,
    instrumentType: 'Other',
    deliveryTypes: [
      'Cash',
      'Physical',
      'Auction',
      'Elect at Exercise',
      'Elect at Settlement',
      'Non-Deliverable',
    ],
    underlierTypes: [],
    useCases: [
      ['Non_Standard', ''],
      ['Undefined', 'Category Group'],
    ],
  },
  {
    assetClass: null,
    instrumentType: 'Swap',
    deliveryTypes: ['Cash', 'Physical', 'Elect at Settlement'],
    underlierTypes: [],
    useCases: [['Non_Standard', 'UnderlyingAssetClass']],
  },
  {
    assetClass: 'IR',
    instrumentType: 'Forward',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: list('Interest Rate Index; Options; Other'),
    otherUnderliers: {
      FRA_Other: list('Options; Other'),
    },
    useCases: [
      ['Debt', 'UnderlierCharacteristic NotionalCurrency ReturnorPayoutTrigger'],
      ['FRA_Index', 'NotionalCurrency ReferenceRate ReferenceRateTermValue ReferenceRateTermUnit'],
      ['FRA_Other', 'NotionalCurrency UnderlyingAssetType UnderlyingInstrumentISIN'],
    ],
  },
  {
    assetClass: 'IR',
    instrumentType: 'Option',
    deliveryTypes: ANY_DELIVERY,
    underlierTypes: list(
      'Basis Swap (Float - Float); Fixed - Floating; Fixed - Fixed; Inflation Rate Index; Overnight Index Swap (OIS); Options; Forwards; Futures; Other',
    ),
    otherUnderliers: {
      Non_Standard: list(
        'Basis Swap (Float - Float); Fixed - Floating; Fixed - Fixed; Interest Rate Index; Inflation Rate Index; Overnight Index Swap (OIS); Options; Forwards; Futures; Other',
      ),
      Swaption: list(
        'Basis Swap (Float - Float); Fixed - Floating; Fixed - Fixed; Inflation Rate Index; Overnight Index Swap (OIS); Other',
      ),
    },
    useCases: [
      [
        'CapFloor Inflation_CapFloor',
        'NotionalCurrency UnderlyingInstrumentIndex UnderlyingInstrumentIndexTermValue UnderlyingInstrumentIndexTermUnit OptionType',
      ],
      [
        'Debt_Option',
        'NotionalCurrency UnderlyingInstrumentISIN OptionType OptionExerciseStyle ValuationMethodorTrigger',
      ],
      ['Non_Standard', 'Underlying NotionalCurrency UnderlyingAssetType ValuationMethodorTrigger'],
      [
        'Swaption',
        'UnderlyingInstrumentUPI NotionalCurrency OptionType OptionExerciseStyle ValuationMethodorTrigger',
      ],
    ],
  },
  {
    assetClass: 'IR',
    instrumentType: 'Swap',
    deliveryTypes: CASH_OR_PHYSICAL,
    underlierTypes: list(
      'Basis Swap (Float - Float); Fixed - Floating; Fixed - Fixed; Inflation Rate Index; Overnight Index Swap (OIS); Zero Coupon; Other',
    ),
    otherUnderliers: {
      Cross_Currency_Inflation_Swap: [],
    },
    useCases: [
      [
        'Basis Basis_OIS Inflation_Basis_YoY Inflation_Basis_Zero_Coupon',
        'NotionalCurrency ReferenceRate ReferenceRateTermValue ReferenceRateTermUnit OtherLegReferenceRate OtherLegReferenceRateTermValue OtherLegReferenceRateTermUnit NotionalSchedule',
      ],
      [
        'Cross_Currency_Basis',
        'NotionalCurrency ReferenceRate ReferenceRateTermValue ReferenceRateTermUnit OtherNotionalCurrency OtherLegReferenceRate OtherLegReferenceRateTermValue OtherLegReferenceRateTermUnit NotionalSchedule',
      ],
      ['Cross_Currency_Fixed_Fixed', 'NotionalCurrency OtherNotionalCurrency NotionalSchedule'],
      [
        'Cross_Currency_Fixed_Float Cross_Currency_Fixed_Float_NDS Cross_Currency_Inflation_Swap Cross_Currency_Zero_Coupon',
        'NotionalCurrency ReferenceRate ReferenceRateTermValue ReferenceRateTermUnit OtherNotionalCurrency NotionalSchedule',
      ],
      ['Fixed_Fixed', 'NotionalCurrency NotionalSchedule'],
      [
        'Fixed_Float Fixed_Float_OIS Fixed_Float_Zero_Coupon Inflation_Fixed_Float_YoY Inflation_Fixed_Float_Zero_Coupon Inflation_Swap',
        'NotionalCurrency ReferenceRate ReferenceRateTermValue ReferenceRateTermUnit NotionalSchedule',
      ],
      [
        'Inflation_Basis',
        'ReferenceRate ReferenceRateTermValue ReferenceRateTermUnit OtherLegReferenceRate OtherLegReferenceRateTermValue OtherLegReferenceRateTermUnit NotionalCurrency NotionalSchedule',
      ],
      ['Non_Standard', 'Underlying NotionalCurrency NotionalSchedule'],
    ],
  },
];

/** All templates. */
export const PRODUCT_TEMPLATES: readonly ProductTemplate[] = FAMILIES.flatMap(
  ({ useCases, otherUnderliers = {}, ...family }) =>
    useCases.flatMap(([names, attributes]) => {
      return names.split(' ').map((useCase) => ({
        assetClass: family.assetClass,
        instrumentType: family.instrumentType,
        useCase,
        required: [...words(attributes), ...(WITHOUT_DELIVERY.has(useCase) ? [] : ['DeliveryType'])],
        // A product that is not deliverable has no such attribute.
        deliveryTypes: NON_DELIVERABLE.has(useCase) ? [] : family.deliveryTypes,
        underlierTypes: otherUnderliers[useCase] ?? family.underlierTypes,
      }));
    }),
);

/** A text that names a template. */
export const templateKey = (assetClass: string | null, instrumentType: string, useCase: string): string =>
  `${assetClass}/${instrumentType}/${useCase}`;

const byKey = new Map(
  PRODUCT_TEMPLATES.map((one) => [templateKey(one.assetClass, one.instrumentType, one.useCase), one]),
);

/** The template of an asset class, an instrument type and a use case, as the provider writes them. */
export const findTemplate = (
  assetClass: AssetClass | null,
  instrumentType: string,
  useCase: string,
): ProductTemplate | undefined => byKey.get(templateKey(assetClass, instrumentType, useCase));
