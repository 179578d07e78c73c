/** The words of the part 43 preview and of due times, in Korean. */
import type { GAPS_EN, PUBLICATION_EN } from './part43-en.ts';

export const PUBLICATION_KO: Readonly<Record<keyof typeof PUBLICATION_EN, string>> = {
  'action-unknown': '공개 여부를 판단할 수 없습니다. 액션 유형(#26)이 없거나 알 수 없는 값입니다.',
  'pair-unknown': '공개 여부를 판단할 수 없습니다. 이 액션 유형과 이벤트 유형의 조합에 대한 정보가 없습니다.',
  'amendment-unknown': '공개 여부를 판단할 수 없습니다. 변경 표시(#28)가 없습니다.',
  'end-of-day': '공개되지 않습니다. 평가와 증거금은 Part 45로만 보고합니다.',
  porting: '공개되지 않습니다. 저장소 간에 이전되는 스왑은 새로운 거래가 아닙니다.',
  'clearing-swap': '공개되지 않습니다. 청산으로 생긴 스왑입니다. 원래 스왑과 그 종료는 공개됩니다.',
  allocation: '공개되지 않습니다. 스왑은 배분되기 전에 공개되었습니다.',
  'not-amended': '공개되지 않습니다. 보고 내용을 보완할 뿐 다시 협의된 조건이 없습니다.',
  compression:
    '공개되지 않습니다. 당사자 사이에 가격이 형성된 경우가 아니면 컴프레션은 공개 대상이 아닙니다.',
  'pair-not-public': '공개되지 않습니다. 이 액션 유형과 이벤트 유형의 조합은 Part 45로만 보고합니다.',
  'inter-affiliate': '공개되지 않습니다. 시장 위험이 이전되지 않는 계열사 간 스왑입니다.',
  'mirror-swap': '공개되지 않습니다. 이미 공개되는 프라임 브로커의 스왑을 그대로 옮긴 스왑입니다.',
  'swap-not-public': '공개되지 않습니다. 스왑 자체가 공개된 적이 없습니다.',
  reportable: '공개됩니다.',
  'price-forming': '공개됩니다. 당사자 사이에 가격이 형성되었습니다.',
};

export const GAPS_KO: Readonly<Record<keyof typeof GAPS_EN, string>> = {
  'asset-class-unknown': '자산군을 알 수 없습니다. 상품 등록부를 불러오십시오.',
  'category-unknown':
    '상품의 범주를 알 수 없습니다. 범주를 지정하거나 모든 범주(*)에 대한 행을 추가하십시오.',
  'tenor-unknown': '만기까지의 기간을 알 수 없습니다. 발효일과 만료일(#94, #95)을 확인하십시오.',
  'no-row': '규모 표에 이 스왑에 대한 행이 없습니다. 행을 추가하십시오.',
  'not-in-force': '체결일에 유효한 행이 규모 표에 없습니다. 그날 유효한 규모를 불러오십시오.',
  'block-size-unknown':
    '상한은 블록 최소 규모 이상인데 표에 블록 최소 규모가 없습니다. 블록 최소 규모를 불러오십시오.',
  'notional-unknown': '달러로 환산한 명목금액을 알 수 없습니다. 그날의 환율을 불러오십시오.',
  'rate-unknown': '스왑의 통화 중 그날의 환율이 없는 통화가 있습니다. 환율을 불러오십시오.',
  'not-an-amount': '명목금액이 숫자가 아닙니다. 레코드를 수정하십시오.',
  'no-legs': '레코드에 명목금액이 없습니다. 명목금액(#31)을 보고하십시오.',
  'start-unknown': '기산일을 알 수 없습니다. 레코드의 타임스탬프를 확인하십시오.',
  'calendar-not-loaded': '법인의 휴일 달력이 없습니다. 달력을 불러오십시오.',
  'calendar-does-not-cover': '휴일 달력에 해당 기간이 없습니다. 그 해의 휴일 목록을 불러오십시오.',
  mandatoryClearing: '의무 청산 대상인지 알 수 없습니다. 의무 청산 표시를 보고하십시오.',
  clearingException: '청산 예외(#11, #12)를 적용했는지 알 수 없습니다. 적용 여부를 밝히십시오.',
  dealer: '당사자가 스왑 딜러 또는 주요 스왑 참가자인지 알 수 없습니다. 해당 여부를 밝히십시오.',
  assetClass: '자산군을 알 수 없으며, 원자재에는 별도의 지연이 적용됩니다. 상품 등록부를 불러오십시오.',
  calendar: '지연이 끝나는 시점이 달력의 범위를 벗어납니다. 체결 타임스탬프(#96)를 확인하십시오.',
};
