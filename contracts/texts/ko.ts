/**
 * The words for issues, in Korean; those for errors are in ko-errors.ts. Element names, codes, states and values stay
 * as they are. No particle follows a value directly, because its form would depend on how the value ends: "값은",
 * "파일에" follow instead.
 */
import type { ENGLISH } from './en.ts';
import { KOREAN_ERRORS } from './ko-errors.ts';
import { quote, type IssueWords, type Texts } from './shape.ts';

/** What English has: a rule without a text here does not compile. */
type Rule = keyof typeof ENGLISH.issues;

const DATE_HELP = '2026-11-20처럼 YYYY-MM-DD 형식으로 입력하십시오.';
const TIMESTAMP_HELP = '2026-11-20T14:05:00Z처럼 YYYY-MM-DDThh:mm:ssZ 형식의 UTC 시각으로 입력하십시오.';

const RANGES: Readonly<Record<string, string>> = {
  '>0': '0보다 커야 합니다',
  '>=0': '0 이상이어야 합니다',
  '0..1': '0 이상 1 이하여야 합니다',
};

const ISSUE_TEXTS: Readonly<Record<Rule, IssueWords>> = {
  'csv.field-count': (_, param) =>
    `헤더의 필드는 ${param('expected')}개인데 이 레코드의 필드는 ${param('actual')}개입니다. ` +
    '쉼표를 더하거나 빼고, 쉼표가 들어 있는 값은 큰따옴표로 묶으십시오.',
  'csv.unclosed-quote': (_, param) =>
    `${param('field')}번째 필드에서 열린 큰따옴표가 닫히지 않았습니다. 큰따옴표를 닫거나 삭제하십시오.`,
  'csv.stray-quote': (_, param) =>
    `${param('field')}번째 필드의 잘못된 위치에 큰따옴표가 있습니다. ` +
    '값 전체를 큰따옴표로 묶고, 값 안의 큰따옴표는 두 번 겹쳐 쓰십시오.',
  'csv.stray-carriage-return': (_, param) =>
    `${param('field')}번째 필드에 캐리지 리턴(CR)이 들어 있습니다. ` +
    '줄은 LF 또는 CR LF로 끝내고, 값에서는 캐리지 리턴을 삭제하십시오.',
  'csv.not-utf8': () => '레코드에 UTF-8이 아닌 바이트가 있습니다. 파일을 UTF-8로 저장한 뒤 다시 보내십시오.',
  'csv.nul-byte': () =>
    '레코드에 NUL 바이트가 있습니다. 파일이 손상되었거나 UTF-16으로 저장되었을 수 있으므로 UTF-8로 저장하십시오.',
  'csv.record-too-long': (_, param) =>
    `레코드가 ${param('actual')}바이트이며, 최대 ${param('max')}바이트까지 허용됩니다. ` +
    '줄바꿈이 빠져 있는지 확인하고 수정하여 레코드를 다시 보내십시오.',

  'format.empty': () => '";" 사이에 값이 빠져 있습니다. 값을 채우거나 불필요한 ";"를 삭제하십시오.',
  'format.decimal': (value) =>
    `${value} 값은 십진수가 아닙니다. 공백, 통화 기호, 지수 표기 없이 1000000.50처럼 숫자와 소수점만 입력하십시오.`,
  'format.digits': (value, param) =>
    `${value} 값은 소수 ${param('decimals')}자리로 반올림하면 ${param('actual')}자리이며, ` +
    `최대 ${param('digits')}자리까지 허용됩니다. 금액과 단위를 확인하여 수정하십시오.`,
  'format.integer': (value) =>
    `${value} 값은 정수로 된 베이시스 포인트가 아닙니다. 소수 부분을 삭제하십시오.`,
  'format.range': (value, param) =>
    `${value} 값이 허용 범위를 벗어났습니다. ${describeRange(param('range'))}. 값을 수정하십시오.`,
  'format.boolean': (value) => `${value} 값은 True도 False도 아닙니다. 둘 중 하나를 입력하십시오.`,
  'format.date': (value, param) =>
    param('problem') === 'calendar'
      ? `${value} 값은 달력에 없는 날짜입니다. 날짜를 수정하십시오.`
      : `${value} 값은 날짜 형식이 아닙니다. ${DATE_HELP}`,
  'format.timestamp': (value, param) =>
    param('problem') === 'calendar'
      ? `${value} 값은 존재하지 않는 날짜 또는 시각입니다. 값을 수정하십시오.`
      : `${value} 값은 타임스탬프 형식이 아닙니다. ${TIMESTAMP_HELP}`,
  'format.date-or-timestamp': (value, param) =>
    param('problem') === 'calendar'
      ? `${value} 값은 존재하지 않는 날짜 또는 시각입니다. 값을 수정하십시오.`
      : `${value} 값은 날짜도 타임스탬프도 아닙니다. 2026-11-20 또는 2026-11-20T14:05:00Z처럼 입력하십시오.`,
  'format.length': (value, param) =>
    `${value} 값은 ${param('actual')}자이며, 최대 ${param('max')}자까지 허용됩니다. 값을 줄이십시오.`,
  'format.alphanumeric': (value, param) =>
    `${value} 값의 ${param('position')}번째 문자는 영문자도 숫자도 아닙니다. 공백, 하이픈 등의 기호를 삭제하십시오.`,
  'format.lei': (value) =>
    `${value} 값은 LEI가 아닙니다. 영문 대문자 또는 숫자 18자와 검증 숫자 2자, 총 20자를 입력하십시오.`,
  'format.lei-check': (value) =>
    `${value} 값의 LEI 검증 숫자가 맞지 않습니다. 오타를 확인하거나 LEI를 다시 조회하여 수정하십시오.`,
  'format.lei-prefix': (value) =>
    `${value} 값이 LEI로 시작하지 않습니다. 처음 20자에 식별자를 생성한 기관의 LEI를 입력하십시오.`,
  'format.uti': (value, param) =>
    `${value} 값은 ${param('actual')}자입니다. LEI 뒤에 영문자와 숫자를 32자까지 붙인 21~52자의 UTI를 입력하십시오.`,
  'format.uti-case': (value) =>
    `${value} 값에 소문자가 있습니다. 거래 양 당사자가 같은 UTI를 보고하도록 대문자로 입력하십시오.`,
  'format.event-identifier': (value, param) =>
    `${value} 값은 ${param('actual')}자입니다. ` +
    'LEI 뒤에 영문자와 숫자를 32자까지 붙인 21~52자의 이벤트 식별자를 입력하십시오.',
  'format.upi': (value) =>
    `${value} 값은 UPI가 아닙니다. QZ 뒤에 숫자 또는 대문자 자음 10자를 붙여 총 12자로 입력하십시오.`,
  'format.upi-check': (value) =>
    `${value} 값의 UPI 검증 문자가 맞지 않습니다. 오타를 확인하거나 UPI를 다시 조회하여 수정하십시오.`,
  'format.upi-shape': (value) =>
    `${value} 값은 UPI가 아닙니다. 저장소 자체 식별자를 쓰는 상품(commodity) 스왑이 아니라면 ` +
    'QZ로 시작하는 12자의 UPI를 입력하십시오.',
  'format.mic': (value) =>
    `${value} 값은 시장 식별 코드(MIC)가 아닙니다. 영문 대문자 또는 숫자 4자, 혹은 XOFF, XXXX, BILT 중 하나를 입력하십시오.`,
  'format.mic-unknown': (value) =>
    `${value} 값은 시장 식별 코드(MIC) 등록부에 없습니다. 시장을 다시 조회하여 수정하거나 최신 등록부를 불러오십시오.`,
  'format.upi-unknown': (value) =>
    `${value} 값은 상품(UPI) 등록부에 없습니다. UPI를 다시 조회하여 수정하거나 최신 등록부를 불러오십시오.`,
  'format.lei-unknown': (value) =>
    `${value} 값은 LEI 목록에 없습니다. 기관을 다시 조회하여 수정하거나 최신 목록을 불러오십시오.`,
  'format.lei-lapsed': (value, param) =>
    `${value} 값의 LEI 목록상 상태는 ${param('status')}입니다. 해당 기관에 갱신을 요청하거나 승계 기관의 LEI를 입력하십시오.`,
  'format.usi-namespace': (value, param) =>
    `${value} 값은 ${param('actual')}자입니다. 10자의 네임스페이스 뒤에 스왑 식별자를 붙인 USI를 입력하십시오.`,
  'format.currency-pair': (value) =>
    `${value} 값은 통화쌍이 아닙니다. EUR/USD처럼 두 통화 코드를 "/"로 이어 입력하십시오.`,

  'code.unknown': (value, param) =>
    `${value} 값은 허용된 코드가 아닙니다. 다음 중 하나를 입력하십시오: ${param('allowed')}.`,
  'code.spelling': (value, param) =>
    `${value} 값의 표기가 코드와 다릅니다. 공백 없이 대문자로 다음과 같이 입력하십시오: ${quote(param('expected'))}.`,
  'code.currency': (value, param) =>
    `${codeIn(value, param('code'))} ISO 4217 통화 코드가 아닙니다. USD와 같은 코드를 입력하십시오.`,
  'code.currency-withdrawn': (value, param) =>
    `${codeIn(value, param('code'))} ${param('withdrawn')}에 폐지된 통화입니다. ` +
    '그 이전에 체결된 스왑이 아니라면 후속 통화 코드를 입력하십시오.',
  'code.currency-expired': (value, param) =>
    `${codeIn(value, param('code'))} ${param('withdrawn')}에 폐지되어 ${param('date')}에는 쓸 수 없는 통화입니다. ` +
    '후속 통화 코드를 입력하십시오.',
  'code.currency-cnh': (value) =>
    `${value}: CNH는 통화 코드가 아닙니다. CNY를 입력하고, 결제 장소(#90)에 HK를 입력하십시오.`,
  'code.country': (value) =>
    `${value} 값은 ISO 3166-1 국가 코드가 아닙니다. HK와 같은 영문 대문자 2자를 입력하십시오.`,

  'record.empty': () => '레코드의 모든 열에 값이 없습니다. 값을 채우거나 줄을 삭제하십시오.',
  'record.set-count': (_, param) =>
    `${quote(param('other'))} 열의 값은 ${param('expected')}개인데 이 열의 값은 ${param('actual')}개입니다. ` +
    '";"로 구분하여 두 열의 값을 같은 개수로 입력하십시오.',
  'record.undetermined': (_, param) =>
    `상품 정보가 부족하여 규칙 ${param('count')}개를 검사하지 못했습니다: ${param('rules')}. ` +
    '해당 UPI가 들어 있는 등록부를 불러오거나 assetClass, UPI.instrumentType 열을 추가하십시오.',
  'record.issues-left-out': (_, param) =>
    `이 레코드에는 여기에 없는 문제가 ${param('count')}개 이상 더 있습니다. ` +
    '표시된 문제를 먼저 수정한 뒤 레코드를 다시 보내십시오.',
  'record.product-conflict': (value, param) =>
    `레코드의 상품 정보가 등록부에 있는 ${value} 값의 정보와 다르며(${param('attributes')}), 등록부를 따릅니다. 해당 열 또는 UPI를 수정하십시오.`,
  'record.message-type': (value, param) =>
    `${value} 값은 메시지 유형이 아닙니다. 다음 중 하나를 입력하십시오: ${param('allowed')}.`,
  'record.correction-reference': (value) =>
    `${value} 값은 거부된 레코드의 참조가 아닙니다. ` +
    '거부 레코드 목록에 있던 값을 그대로 돌려보내거나 비워 두십시오.',
  'record.asset-class': (value, param) =>
    `${value} 값은 자산군이 아닙니다. 다음 중 하나를 입력하십시오: ${param('allowed')}.`,
  'feed.message-too-long': (_, param) =>
    `메시지가 ${param('actual')}바이트이며, 최대 ${param('max')}바이트까지 허용됩니다. 메시지마다 레코드 하나만 보내십시오.`,
  'feed.not-utf8': () => '메시지에 UTF-8이 아닌 바이트가 있습니다. UTF-8로 인코딩하여 다시 보내십시오.',
  'feed.not-json': () =>
    '메시지가 JSON이 아닙니다. 앞뒤에 다른 내용 없이 메시지마다 JSON 객체 하나를 보내십시오.',
  'feed.not-object': (_, param) =>
    `메시지는 올바른 JSON이지만 종류가 다음과 같습니다: ${describeJsonKind(param('actual'))}. ` +
    '항목 키를 가진 객체를 보내십시오.',
  'feed.key-twice': () => '같은 키가 메시지에 두 번 있습니다. 둘 중 하나를 삭제하십시오.',
  'feed.value-type': (_, param) =>
    `값의 JSON 종류가 다릅니다(필요: ${describeJsonKind(param('expected'))}, 입력: ${describeJsonKind(param('actual'))}). ` +
    '숫자를 포함한 모든 값은 큰따옴표로 묶고, 목록의 값은 [ ] 안에 넣으십시오.',
  'feed.list-member': (value) =>
    `${value} 값에 목록의 값을 구분하는 ";" 문자가 있습니다. 각각을 목록의 별도 값으로 보내십시오.`,
  'feed.character': (value, param) =>
    `${value} 값에 ${param('code')} 문자가 있습니다. NUL, 줄바꿈, 불완전한 문자는 저장할 수 없으므로 삭제하십시오.`,
  'feed.key-unknown': (_, param) =>
    `메시지에 알 수 없는 키가 ${param('count')}개 있습니다(${param('keys')}). ` +
    '항목 키의 철자를 확인하거나 삭제하십시오.',
  'feed.altered': () =>
    '이 번호로 먼저 받은 메시지의 내용이 달라 처음 메시지를 유지합니다. 새로운 번호로 다시 보내십시오.',
  'sequence.pair': (value, param) =>
    `${value} 값은 ${param('action')} 액션에 쓸 수 없는 이벤트입니다(${describeEvidence(param('evidence'))}). ` +
    `다음 중 하나를 입력하거나 액션을 수정하십시오: ${param('allowed')}.`,
  'sequence.pair-part-43': (value, param) =>
    `${value} 값은 ${param('action')} 액션과 함께 파트 43에 보고하지 않습니다(${describeEvidence(param('evidence'))}). ` +
    (param('allowed') === '-'
      ? '파트 43 보고에서 제외하십시오.'
      : `파트 43 보고에서 제외하거나 다음 중 하나를 입력하십시오: ${param('allowed')}.`),
  'sequence.event-blank': (value, param) =>
    `${value} 값이 있지만 ${param('action')} 액션에는 이벤트가 없습니다. 이 항목을 비워 두십시오.`,
  'sequence.event-missing': (_, param) =>
    `이벤트가 없습니다. ${param('action')} 액션에는 다음 중 하나를 입력하십시오: ${param('allowed')}.`,
  'sequence.prior-missing': (_, param) =>
    `${param('action')} 액션보다 앞서는 이 스왑의 NEWT가 없습니다. 보고 시각(#97)이 더 늦지 않은 NEWT를 ` +
    '보고하거나 UTI를 확인하십시오.',
  'sequence.new-known': (_, param) =>
    `NEWT로 시작하려는 스왑이 이미 있으며 현재 상태는 ${describeState(param('state'))}입니다. ` +
    'UTI를 확인하거나 변경 내용을 MODI 또는 CORR로 보고하십시오.',
  'sequence.action-in-state': (value, param) =>
    `스왑의 현재 상태(${describeState(param('state'))})에서는 ${value} 액션을 쓸 수 없습니다. ` +
    `이 상태에서 가능한 액션을 보고하십시오: ${param('allowed')}.`,
  'sequence.errored': (value) =>
    `EROR로 취소된 스왑에 ${value} 액션이 왔습니다. 먼저 REVI로 스왑을 되살리거나 UTI를 확인하십시오.`,
  'sequence.transferred-out': (value) =>
    `다른 저장소로 이전된 스왑에 ${value} 액션이 왔습니다. 그 저장소에 보고하거나, ` +
    'PTNG 이벤트의 NEWT로 스왑을 다시 들여오십시오.',
  'sequence.action-part-43': (value, param) =>
    `파트 43에서는 이 상태(${describeState(param('state'))})의 스왑에 ${value} 액션을 보통 쓰지 않습니다. ` +
    `다음 중 하나인지 확인하십시오: ${param('allowed')}.`,
  'sequence.event-before-execution': (value, param) =>
    `${value} 값이 스왑의 체결 시각(#96) ${param('execution')}보다 앞섭니다. 둘 중 잘못된 값을 수정하십시오.`,
  'sequence.terms-changed': (value, param) =>
    `${value} 값이 현재 유효한 ${quote(param('was'))} 값과 다르지만 ${param('action')} 액션은 조건을 바꾸지 않습니다. ` +
    '먼저 CORR로 값을 정정하거나 여기서는 비워 두십시오.',
  'sequence.revival-changes-terms': (value, param) =>
    `${value} 값이 REVI로 되살아나는 ${quote(param('was'))} 값과 다릅니다. 변경은 MODI 또는 CORR로 보고하십시오.`,
  'sequence.nothing-changed': (_, param) =>
    `${param('action')} 액션이 스왑을 아무것도 바꾸지 않습니다. 바뀐 내용을 보고하거나 메시지를 빼십시오.`,
  'sequence.amendment-expected': (value, param) =>
    `${value} 값은 합의된 조건이 바뀌지 않았다는 뜻이지만 #${param('element')} 항목이 ` +
    `${quote(param('was'))} 값에서 ${quote(param('now'))} 값으로 바뀝니다. True를 입력하거나 이전 오류라면 CORR로 보고하십시오.`,
  'sequence.duplicate': (_, param) =>
    `모든 값이 같은 메시지가 이미 있습니다(${param('first')}). 둘 중 하나를 빼십시오.`,
  'sequence.conflict': (_, param) =>
    `같은 이벤트를 다른 값으로 보고한 메시지가 있습니다(${param('first')}). 올바른 쪽을 정하여 CORR로 보고하십시오.`,
  'sequence.linked-swap-unknown': (value) =>
    `${value} 값이 가리키는 스왑을 알 수 없습니다. 식별자를 확인하거나 그 스왑도 보고하십시오.`,
  'sequence.portfolio-unknown': (value) =>
    `${value} 값은 어떤 스왑이나 평가에도 없는 포트폴리오 코드입니다. 코드를 확인하거나 그 코드로 평가를 보고하십시오.`,
};

/** What supports a cell of the table of actions and events. */
const EVIDENCE: Readonly<Record<string, string>> = {
  absence: '이 조합을 싣고 있는 출처가 없음',
  'one source': '근거: 출처 한 곳',
  'two sources': '근거: 출처 두 곳',
};

const describeEvidence = (evidence: string): string => EVIDENCE[evidence] ?? evidence;

/** Kinds of JSON values, as the English texts have them. */
const JSON_KINDS: Readonly<Record<string, string>> = {
  text: '문자열',
  list: '목록',
  number: '숫자',
  boolean: '참/거짓',
  object: '객체',
  null: 'null',
};

const describeJsonKind = (kind: string): string => JSON_KINDS[kind] ?? kind;

/** States of a swap, as the English texts have them in their codes. */
const STATES: Readonly<Record<string, string>> = {
  open: '유효',
  terminated: '종료',
  errored: '오류 취소',
  matured: '만기 경과',
  'transferred-out': '타 저장소로 이전',
};

const describeState = (state: string): string => STATES[state] ?? state;
/** A sentence without its full stop. */
function describeRange(range: string): string {
  return RANGES[range] ?? `허용 범위는 ${range}입니다`;
}

/** The code at fault as the topic of a sentence, with the value around it if it is more than the code. */
function codeIn(value: string, code: string): string {
  return value === quote(code) ? `${value} 값은` : `${value} 값에 있는 ${quote(code)} 코드는`;
}

export const KOREAN: Texts<Rule> = {
  issues: ISSUE_TEXTS,
  errors: KOREAN_ERRORS,
  frame: {
    noValue: '입력된',
    column: (name) => `(${name} 열)`,
    unknownRule: (value, ruleId) =>
      `${value} 값은 다음 규칙에 어긋납니다: ${ruleId}. 규칙 목록을 확인하여 수정하십시오.`,
  },
};
