/** The words around the preview of a record, in Korean. No particle follows a value directly. */
import type { PreviewTexts } from './preview-en.ts';

export const PREVIEW_KO: PreviewTexts = {
  labels: {
    when: '공개 시각',
    amounts: '공개 금액',
    block: '블록',
    reporter: '보고 주체',
    owed: '보고 의무',
    assumed: '레코드에 없어 통상대로 본 사항',
    ifUncapped: '상한이 적용되지 않는 경우',
  },
  assumed: {
    interAffiliate: '당사자는 서로 계열사가 아님',
    priceForming: '당사자 사이에 가격이 형성되지 않음',
    mirrorSwap: '프라임 브로커의 스왑을 그대로 옮긴 스왑이 아님',
    swapIsPublic: '스왑 자체는 공개됨',
  },
  noExecution: '공개 시각을 판단할 수 없습니다. 체결 타임스탬프(#96)가 없습니다.',
  atOnce: (from) => `기술적으로 가능한 즉시 (기준 시각: ${from})`,
  delayed: (at, table) => `지연 공개: ${at} (표 ${table})`,
  postPriced: (from, latest) => `가격이 정해지는 때 (기준 시각: ${from}, 최종 시한: ${latest})`,
  oneOf: (table, at) => `표 ${table}: ${at}`,
  timeUnknown: '공개 시각을 판단할 수 없습니다.',
  noTime: '알 수 없음',
  capped: (usd) => `상한 적용 (${usd} USD)`,
  rounded: '반올림',
  asReported: '보고된 그대로',
  more: (count) => `… 외 ${count}개`,
  moreRecords: (count) => `… 외 레코드 ${count}개 (--limit으로 더 볼 수 있습니다).`,
  block: { yes: '블록 최소 규모 이상', no: '블록 최소 규모 미만', unknown: '알 수 없음' },
  electionBelowSize:
    '블록 또는 대규모 명목 스왑으로 선택했으나 규모에 미치지 못합니다. 선택 표시(#93)를 확인하십시오.',

  named: {
    facility: (entity) => `${entity} (제출한 거래 시설, #22)`,
    reporting: (entity) => `${entity} (보고 당사자로 기재됨, #13)`,
    other: () => '다른 당사자가 보고 당사자(#13)로, 자사는 상대방(#14)으로 기재됨',
    none: () =>
      '두 당사자(#13, #14) 모두 자사 법인이 아닙니다. TAIN_TABLE_DIR 폴더의 entities.csv 파일에 자사 법인을 등록하십시오.',
    'date-unknown': () =>
      '누구의 의무인지 판단할 수 없습니다. 레코드에 타임스탬프(#96, #30, #97)가 없습니다.',
  },
  rule: {
    we: (reason) => `규칙상 자사가 보고합니다: ${reason}`,
    'not-we': (reason) => `규칙상 자사가 보고하지 않습니다: ${reason}`,
    undetermined: (reason) => `규칙만으로는 보고 주체를 판단할 수 없습니다: ${reason}`,
  },
  reasons: {
    facility: '거래 시설에서 체결된 스왑은 그 시설이 보고',
    'none-is-ours': '두 당사자 모두 자사가 아님',
    'both-are-ours': '두 당사자 모두 자사임',
    'clearing-organization': '청산소가 누구보다 우선',
    'swap-dealer': '스왑 딜러가 다른 당사자보다 우선',
    'major-swap-participant': '주요 스왑 참가자가 다른 당사자보다 우선',
    'financial-entity': '금융기관이 다른 당사자보다 우선',
    'us-person': '동급이면 미국인이 보고',
    'by-agreement': '동급이므로 당사자의 합의에 따름',
    'premise-unknown': '당사자의 역할, 종류 또는 소재지를 알 수 없음',
  },
  obligations: {
    creation: '생성 데이터',
    lifecycle: '생애주기 이벤트 데이터',
    'alpha-termination': '원래 스왑의 종료',
    valuation: '평가',
    collateral: '증거금과 담보',
    verification: '미결제 스왑의 검증',
    'error-correction': '정정',
  },
  due: (what, local, utc) => `${what}: 기한 ${local} (${utc})`,
  noDue: (what, gap) => `${what}: 기한을 판단할 수 없습니다. ${gap}`,
  inTime: (reported) => `보고 ${reported} (#97), 기한 내`,
  late: (reported, by) => `보고 ${reported} (#97), 지연 ${by}`,
  notReported: '기한 내 여부를 알 수 없음: 보고 타임스탬프(#97)가 비어 있음',
  lateness: (days, hours, minutes, seconds) => `${days}일 ${hours}시간 ${minutes}분 ${seconds}초`,
  nothingOwed: '이 메시지에 대한 의무 없음',
  byFacility: '새 스왑에 대한 의무 없음: 체결된 거래 시설이 보고',
  premises: {
    discovery: '기산일은 오류를 발견한 날이며 레코드에는 없습니다. 발견한 날을 기록해 두십시오.',
    'whose-corporate-event':
      '보고 당사자의 기업 이벤트로 보았습니다. 다른 당사자의 기업 이벤트라면 기한은 한 영업일 뒤입니다.',
  },

  counts: (file, read, accepted, rejected) => `${file}: 읽음 ${read} = 수리 ${accepted} + 거부 ${rejected}`,
  outcomes: (published, kept, unknown) =>
    `미리 본 레코드: 공개 ${published} + 비공개 ${kept} + 판단 불가 ${unknown}`,
  duties: (inTime, late, unknown) => `보고 의무: 기한 내 ${inTime} + 지연 ${late} + 판단 불가 ${unknown}`,
  builtInTables: {
    caps: (until) => `상한(유효 기한 ${until})`,
    blocks: (until) => `블록 최소 규모(유효 기한 ${until})`,
    rates: () => '환율 없음',
    entities: () => '시연용 법인',
  },
  builtIn: (tables) =>
    `자사 표가 아니라 기본 제공 표를 사용합니다: ${tables}. TAIN_TABLE_DIR 폴더에 표를 넣으십시오. 방법은 docs/tables.md에 있습니다.`,
};
