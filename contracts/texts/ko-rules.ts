/** The rules as a list, in Korean. Element names, codes and profiles stay as they are. */
import type { RuleTexts } from './rule-shape.ts';

export const KOREAN_RULES: RuleTexts = {
  sentences: {
    'csv.field-count': '레코드의 필드 수는 헤더의 필드 수와 같아야 합니다.',
    'csv.unclosed-quote': '필드를 여는 큰따옴표는 같은 레코드 안에서 닫혀야 합니다.',
    'csv.stray-quote':
      '큰따옴표는 값 전체를 묶을 때만 사용하며, 묶인 값 안의 큰따옴표는 두 번 겹쳐 써야 합니다.',
    'csv.stray-carriage-return': '캐리지 리턴(CR)은 줄 끝의 줄바꿈(LF) 앞에만 올 수 있습니다.',
    'csv.not-utf8': '레코드는 UTF-8로 작성해야 합니다.',
    'csv.nul-byte': '레코드에 NUL 바이트가 없어야 합니다.',
    'csv.record-too-long': '레코드의 길이는 메모리에 한 번에 담을 수 있는 한도를 넘지 않아야 합니다.',

    'feed.message-too-long':
      '피드 메시지의 길이는 메모리에 레코드 하나로 담을 수 있는 한도를 넘지 않아야 합니다.',
    'feed.not-utf8': '피드 메시지는 UTF-8로 작성해야 합니다.',
    'feed.not-json': '피드 메시지는 JSON 값 하나이며, 앞뒤에 다른 내용이 없어야 합니다.',
    'feed.not-object': '피드 메시지는 항목 키를 가진 JSON 객체여야 합니다.',
    'feed.key-twice':
      '메시지에서 한 키는 한 번만 나와야 합니다. 두 값 중 어느 것이 유효한지 알 수 없기 때문입니다.',
    'feed.value-type':
      '메시지의 값은 자릿수를 잃지 않도록 숫자도 큰따옴표로 묶은 문자열이어야 하며, 반복되는 항목의 값은 문자열 목록이어야 합니다. 값이 없으면 키를 생략합니다.',
    'feed.list-member': '목록의 값에는 파일에서 값을 구분하는 ";" 문자가 없어야 합니다.',
    'feed.character':
      '메시지의 값에는 파일의 레코드에 담을 수 없는 문자(NUL, 줄바꿈, 서로게이트 쌍의 한쪽)가 없어야 합니다.',
    'feed.key-unknown':
      '메시지의 키는 항목의 키이며, 레그가 있는 항목은 레그를 붙여야 합니다. 그 밖의 키는 읽지 않고 보관합니다.',

    'feed.altered':
      '같은 번호로 다시 온 메시지는 내용이 처음과 같아야 합니다. 먼저 온 메시지를 유지하며, 다른 내용은 따로 보관하고 반영하지 않습니다.',

    'format.empty': '";"로 구분한 목록에 빈 값이 없어야 합니다.',
    'format.decimal':
      '숫자는 부호와 소수점을 제외하고 숫자만으로 작성하며, 천 단위 구분 기호, 통화 기호, 지수 표기를 사용하지 않아야 합니다.',
    'format.digits': '형식이 정한 소수 자릿수로 반올림한 숫자는 형식이 허용하는 자릿수를 넘지 않아야 합니다.',
    'format.integer': '베이시스 포인트로 표시한 숫자에는 소수 부분이 없어야 합니다.',
    'format.range': '숫자는 해당 항목의 범위(0 초과, 0 이상, 또는 0 이상 1 이하) 안에 있어야 합니다.',
    'format.boolean': '여부를 나타내는 값은 True 또는 False여야 합니다.',
    'format.date': '날짜는 YYYY-MM-DD 형식으로 작성하며 달력에 있는 날짜여야 합니다.',
    'format.timestamp':
      '타임스탬프는 YYYY-MM-DDThh:mm:ssZ 형식의 UTC 시각으로 작성하며 실제로 존재하는 시각이어야 합니다.',
    'format.date-or-timestamp':
      '평가 타임스탬프는 날짜(YYYY-MM-DD) 또는 UTC 시각(YYYY-MM-DDThh:mm:ssZ)이어야 합니다.',
    'format.length': '값의 길이는 형식이 허용하는 글자 수를 넘지 않아야 합니다.',
    'format.alphanumeric': '식별자와 코드는 영문자와 숫자로만 이루어져야 합니다.',
    'format.lei': 'LEI는 영문 대문자 또는 숫자 18자와 검증 숫자 2자, 총 20자여야 합니다.',
    'format.lei-check': 'LEI의 검증 숫자가 맞아야 합니다. LEI 형태의 20자 당사자 식별자도 LEI로 검사합니다.',
    'format.lei-prefix': 'UTI와 이벤트 식별자는 이를 생성한 기관의 LEI(검증 숫자 포함)로 시작해야 합니다.',
    'format.uti': 'UTI는 LEI 뒤에 영문자와 숫자 1~32자를 붙인 21~52자여야 합니다.',
    'format.uti-case': '거래 양 당사자가 같은 UTI를 보고하도록 UTI는 대문자로 작성해야 합니다.',
    'format.event-identifier': '이벤트 식별자는 LEI 뒤에 영문자와 숫자 1~32자를 붙인 21~52자여야 합니다.',
    'format.upi':
      'UPI는 QZ, 숫자 또는 대문자 자음 9자, 검증 문자 1자로 이루어진 12자여야 합니다. QZ로 시작하는 값에 대해 검사합니다.',
    'format.upi-check': 'UPI의 검증 문자가 맞아야 합니다.',
    'format.upi-shape':
      '저장소가 자체 코드로 식별하는 상품(commodity)이 아니라면 상품은 UPI로 식별해야 합니다.',
    'format.mic': '거래 플랫폼은 영문 대문자 또는 숫자 4자의 시장 식별 코드(MIC)로 표시해야 합니다.',
    'format.currency-pair': '통화쌍은 EUR/USD처럼 두 통화 코드를 "/"로 이어 작성해야 합니다.',

    'code.unknown': '코드는 해당 항목이 허용하는 코드 중 하나여야 합니다.',
    'code.spelling': '코드는 목록에 있는 대로 공백 없이 대문자로 작성해야 합니다.',
    'code.currency': '통화는 ISO 4217 코드여야 합니다.',
    'code.currency-withdrawn':
      '통화는 2026년 2월 기준 ISO 4217 목록에서 사용 중이어야 합니다. 체결일(#96)을 알 수 없을 때에만 검사하며, 체결일을 알면 이 규칙 대신 code.currency-expired 규칙으로 그날을 기준으로 검사합니다.',
    'code.currency-cnh':
      '역외 위안화는 CNY로 보고해야 합니다. CNH는 ISO 4217 코드가 아니며, 홍콩에서 결제한다는 사실은 결제 장소(#90)에 표시합니다.',
    'code.country': '국가는 ISO 3166-1의 두 글자 코드여야 합니다.',

    'record.empty': '레코드에는 값이 하나 이상 있어야 합니다.',
    'record.set-count': '함께 반복되는 항목들은 같은 순서의 값이 서로 대응하도록 값의 개수가 같아야 합니다.',
    'record.undetermined':
      '상품에 따라 달라지는 규칙은 상품을 알 수 있을 때만 검사합니다. 이 알림은 검사하지 못한 규칙의 수와 이름을 알려 줍니다.',
    'record.issues-left-out':
      '한 레코드의 문제는 오류부터 100개까지만 알려 줍니다. 이 알림은 그 밖에 발견한 문제의 수를 알려 주며, 그 뒤로는 목록을 끝까지 읽지 않습니다.',
    'record.message-type': 'messageType 열에는 존재하는 메시지 유형을 입력해야 합니다.',
    'record.correction-reference':
      'tainRecord 열에는 거부 레코드 목록에 있던 참조를 그대로 입력하거나 비워 두어야 합니다.',
    'record.asset-class': 'assetClass 열에는 자산군(CR, CO, EQ, FX, IR) 중 하나를 입력해야 합니다.',
    'format.mic-unknown': '시장 등록부(mic.csv)를 불러온 경우, 시장 식별 코드(MIC)가 등록부에 있어야 합니다.',
    'format.upi-unknown': '상품 등록부(upi.csv)를 불러온 경우, UPI가 등록부에 있어야 합니다.',
    'format.lei-unknown': '법인 목록(lei.csv)을 불러온 경우, LEI가 목록에 있어야 합니다.',
    'format.lei-lapsed': '법인 목록(lei.csv)을 불러온 경우, LEI가 유효한 상태여야 합니다.',
    'format.usi-namespace': 'USI는 그것을 만든 법인에 CFTC가 부여한 열 글자로 시작해야 합니다.',
    'code.currency-expired':
      '스왑 체결일(#96) 이전에 폐지된 통화를 쓰지 않아야 합니다. 그 뒤나 같은 달에 폐지된 통화는 사용할 수 있습니다.',
    'record.product-conflict': '레코드의 상품 정보가 상품 등록부와 같아야 합니다. 다르면 등록부를 따릅니다.',
    'sequence.pair': 'Action type(#26)과 Event type(#27)은 부록 F가 허용하는 조합이어야 합니다.',
    'sequence.pair-part-43':
      '파트 43에서는 Action type(#26)과 Event type(#27)이 부록 F가 파트 43에 허용하는 조합이어야 합니다.',
    'sequence.event-blank':
      'CORR, EROR, REVI, VALU, MARU에는 이벤트가 없으므로 Event type(#27)을 비워 두어야 합니다.',
    'sequence.event-missing':
      'NEWT, MODI, TERM, PRTO에는 이벤트가 있으므로 Event type(#27)을 입력해야 합니다.',
    'sequence.prior-missing': '스왑의 첫 메시지는 NEWT여야 합니다.',
    'sequence.new-known':
      'NEWT는 아직 보고되지 않은 스왑을 시작하거나, 다른 저장소로 이전된 스왑을 이벤트 PTNG로 다시 가져올 때에만 씁니다.',
    'sequence.action-in-state':
      '액션은 스왑의 상태(유효, 종료, 오류 취소, 만기 경과, 타 저장소로 이전)가 받아들이는 것이어야 합니다.',
    'sequence.errored': 'EROR 다음에는 REVI만 올 수 있습니다.',
    'sequence.transferred-out': 'PRTO 다음에는 이벤트 PTNG를 가진 NEWT만 올 수 있습니다.',
    'sequence.action-part-43': '파트 43에서는 액션이 스왑의 공개 상태가 받아들이는 것이어야 합니다.',
    'sequence.event-before-execution': '스왑의 이벤트는 체결(#96) 이전에 일어날 수 없습니다.',
    'sequence.terms-changed':
      'TERM, PRTO, EROR는 조건을 바꾸지 않으므로, 다시 적은 값은 유효한 값과 같아야 합니다.',
    'sequence.revival-changes-terms': 'REVI는 유효했던 조건을 되살릴 뿐 조건을 바꾸지 않아야 합니다.',
    'sequence.nothing-changed': 'MODI와 CORR는 무엇인가를 바꾸어야 합니다.',
    'sequence.amendment-expected': '합의된 조건을 바꾸는 MODI는 Amendment indicator(#28)가 True여야 합니다.',
    'sequence.duplicate': '한 메시지는 한 번만 보고해야 합니다.',
    'sequence.conflict': '한 이벤트에 대한 메시지는 내용이 같아야 합니다.',
    'sequence.linked-swap-unknown': '메시지가 가리키는 스왑(이전, 원래, 청산)은 알려진 스왑이어야 합니다.',
    'sequence.portfolio-unknown': '담보 보고의 포트폴리오 코드는 스왑이나 평가 보고에 나와야 합니다.',
  },
  levels: {
    csv: { name: '구조', meaning: '레코드의 문자를 봅니다. 필드로 나눌 수 있는가?' },
    feed: { name: '메시지', meaning: '피드 메시지의 JSON을 봅니다. 레코드의 값으로 읽을 수 있는가?' },
    format: {
      name: '형식',
      meaning: '값 하나를 봅니다. 항목이 요구하는 대로 작성되었으며 코드가 목록에 있는가?',
    },
    record: { name: '레코드', meaning: '레코드 전체를 봅니다. 어떤 종류의 레코드인지 알 수 있는가?' },
    conditional: {
      name: '조건',
      meaning: '한 레코드의 여러 값을 함께 봅니다. 어떤 경우에 입력하고, 비워 두고, 서로 맞아야 하는가?',
    },
    sequence: {
      name: '순서',
      meaning: '한 스왑의 메시지를 순서대로 봅니다. 앞서 보고된 내용 다음에 올 수 있는 메시지인가?',
    },
  },
  severities: {
    error: { name: '오류', meaning: '레코드를 거부합니다.' },
    warning: { name: '경고', meaning: '레코드와 함께 기록하며 레코드를 거부하지 않습니다.' },
    unchecked: {
      name: '검사 못 함',
      meaning: '정보가 부족하여 규칙을 검사하지 못했음을 알립니다. 레코드가 옳다고 확인된 것은 아닙니다.',
    },
  },
  confidences: {
    source: { name: '원문', meaning: '인용한 명세 또는 표준에서 직접 확인했습니다.' },
    'general-knowledge': {
      name: '일반 지식',
      meaning: '업계에 널리 알려져 있으나 원문에서 확인하지 못했습니다. 경고만 하고 거부하지 않습니다.',
    },
    inferred: {
      name: '추론',
      meaning: '원문에서 저희가 이끌어 낸 결론입니다. 경고만 하고 거부하지 않습니다.',
    },
    own: { name: 'Tain 자체', meaning: 'Tain이 정한 규칙입니다. 이 규칙 없이는 레코드를 읽을 수 없습니다.' },
  },
  labels: {
    elements: '항목',
    wholeRecord: '레코드 전체',
    inForce: '시행',
    days: (from, to) => (from === null ? '항상' : to === null ? `${from}부터` : `${from}부터 ${to}까지`),
    ledgerOnly:
      '모든 스왑과 각 보고의 파트를 아는 원장에서만 검사하며, 파일만으로는 오프라인에서 검사하지 않습니다',
    tables: '액션·이벤트·상태 표',
    citation: '출처',
    confidence: '확실성',
  },
};
