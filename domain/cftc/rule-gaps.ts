/**
 * Where the specification says something of an element and no rule does: why not. Shown in docs/rules/coverage.md; a
 * test fails when an element has neither a rule nor a reason.
 */
import type { Language } from '../../contracts/texts/shape.ts';
import type { AssetClass } from './scopes.ts';

export type RuleGap = {
  readonly element: string;
  /** Null: all. */
  readonly assetClass: AssetClass | null;
  /** What kind of rule there is none of; `reading`: the specification's rule is read in another way. */
  readonly about: 'format' | 'conditional' | 'reading';
  readonly reason: Readonly<Record<Language, string>>;
};

const gap = (
  element: string,
  assetClass: AssetClass | null,
  about: RuleGap['about'],
  en: string,
  ko: string,
): RuleGap => ({
  element,
  assetClass,
  about,
  reason: { en, ko },
});

/** For #67, #69 and #73 of commodities. */
const neither = (element: string, others: string): RuleGap =>
  gap(
    element,
    'CO',
    'reading',
    `For CO the specification asks for it where one of ${others} is blank. Read as "where both are blank": the letter would ask for two of the three prices.`,
    `CO의 경우 명세는 ${others} 중 하나가 없을 때 이 항목을 요구합니다. 문자 그대로 읽으면 세 가격 중 둘을 요구하게 되므로 "둘 다 없을 때"로 읽습니다.`,
  );

export const RULE_GAPS: readonly RuleGap[] = [
  gap(
    '36',
    'FX',
    'reading',
    'An FX option needs the call amount or the put amount: each is asked for where the other is blank.',
    'FX 옵션에는 콜 금액 또는 풋 금액이 필요합니다. 한쪽이 없을 때 다른 쪽을 요구합니다.',
  ),
  gap(
    '38',
    'FX',
    'reading',
    'An FX option needs the call amount or the put amount: each is asked for where the other is blank.',
    'FX 옵션에는 콜 금액 또는 풋 금액이 필요합니다. 한쪽이 없을 때 다른 쪽을 요구합니다.',
  ),
  gap(
    '42',
    'CO',
    'reading',
    'A multiplier belongs to a frequency (#41): it is asked for only where there is one.',
    '승수는 주기(#41)에 딸린 값이므로 주기가 있을 때만 요구합니다.',
  ),
  gap(
    '57',
    'CR',
    'reading',
    'A credit swap that is priced and no option needs a fixed rate, a spread or an upfront payment: where rate and spread are blank, the payment type is asked for here, and #67 and #73 ask for a rate where it is not UFRO.',
    '가격이 정해졌고 옵션이 아닌 신용 스왑에는 고정 금리, 스프레드, 선지급금 중 하나가 필요합니다. 금리와 스프레드가 모두 없으면 여기서 지급 유형을 요구하고, 그 값이 UFRO가 아니면 #67과 #73에서 금리를 요구합니다.',
  ),
  neither('67', '#69, #73'),
  neither('69', '#67, #73'),
  neither('73', '#67, #69'),
  gap(
    '87',
    'CO',
    'reading',
    'For CO it is not required, yet not forbidden: the identifier of the repository may stand here until a UPI is designated for commodities.',
    'CO의 경우 필수는 아니지만 금지되지도 않습니다. 상품(commodity)에 UPI가 지정될 때까지 저장소 자체 식별자를 입력할 수 있습니다.',
  ),
  gap(
    'D3',
    null,
    'conditional',
    'It is in none of the files that repositories publish, so that its absence says nothing of a record.',
    '저장소가 공개하는 파일에 이 항목이 없으므로, 값이 없다는 사실만으로는 레코드에 대해 아무것도 알 수 없습니다.',
  ),
  gap(
    'D4',
    'CO',
    'reading',
    'For CO it is not required, yet not forbidden in what a repository publishes.',
    'CO의 경우 필수는 아니지만 저장소가 공개하는 자료에서 금지되지도 않습니다.',
  ),
  gap(
    'D5',
    'CO',
    'reading',
    'For CO it is not required, yet not forbidden in what a repository publishes.',
    'CO의 경우 필수는 아니지만 저장소가 공개하는 자료에서 금지되지도 않습니다.',
  ),
  gap(
    'D5',
    null,
    'format',
    'Any text is allowed, of any length.',
    '길이에 관계없이 어떤 문자열이든 허용됩니다.',
  ),
];

/** Why there is no rule, or another one; null where nobody wrote a reason. */
export const findGap = (
  element: string,
  about: RuleGap['about'],
  assetClass: AssetClass | null = null,
): RuleGap | null =>
  RULE_GAPS.find(
    (one) =>
      one.element === element &&
      one.about === about &&
      (one.assetClass === null || one.assetClass === assetClass),
  ) ?? null;
