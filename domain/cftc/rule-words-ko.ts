/**
 * Conditional rules in Korean. Clauses end in nouns (-임, -음), so that they can be joined whatever they say; element
 * names stay as the specification has them.
 */
import type { RuleWords } from './explain-rule.ts';

const ATTRIBUTES: Readonly<Record<string, string>> = {
  instrumentType: '상품 유형(instrument type)',
  underlierType: '기초자산 유형(underlier type)',
  deliveryType: '인도 방식(delivery type)',
  notionalSchedule: '명목금액 일정(notional schedule)',
};

const COMPARED: Readonly<Record<string, readonly [time: string, number: string, negated: string]>> = {
  '=': ['같음', '같음', '다름'],
  '<': ['이전임', '작음', '작지 않음'],
  '<=': ['이후가 아님', '크지 않음', '큼'],
  '>': ['이후임', '큼', '크지 않음'],
  '>=': ['이전이 아님', '작지 않음', '작음'],
};

const MESSAGES: Readonly<Record<string, string>> = {
  transaction: '거래',
  valuation: '평가',
  collateral: '담보',
  dissemination: '공개',
};

const oneOf = (values: readonly string[], negated: boolean): string => {
  const listed = values.join(', ');
  if (negated) return `${listed} 이외임`;
  return values.length === 1 ? `${listed}임` : `${listed} 중 하나임`;
};

export const KOREAN_RULE_WORDS: RuleWords = {
  is: (name, codes, negated) => `${name} 값이 ${oneOf(codes, negated)}`,
  filled: (name, negated) => `${name} 값이 ${negated ? '없음' : '있음'}`,
  product: (attribute, values, negated) =>
    `${ATTRIBUTES[attribute] ?? attribute} 값이 ${oneOf(values, negated)}`,
  lei: (name, negated) => `${name} 값이 ${oneOf(['LEI'], negated)}`,
  midnight: (name, negated) => `${name} 시각이 ${oneOf(['00:00:00'], negated)}`,
  compare: (name, op, other, isTime, negated) => {
    const [time, number, opposite] = COMPARED[op]!;
    const word = negated ? opposite : isTime ? time : number;
    const than = op === '=' ? '값과' : isTime && !negated ? '값' : '값보다';
    return `${name} 값이 ${other} ${than} ${word}`;
  },
  join: (clauses, kind) => clauses.join(kind === 'all' ? ', 그리고 ' : ', 또는 '),
  scope: (messages, assetClasses, legs) => {
    const kinds = messages.map((one) => MESSAGES[one] ?? one).join('·');
    const classes = assetClasses === null ? '' : `, 자산군 ${assetClasses.join(', ')}`;
    const eachLeg = legs === 'each' ? ', 각 레그마다' : legs === 'second' ? ', 레그 2' : '';
    return `적용 범위: ${kinds} 보고${classes}${eachLeg}.`;
  },
  rule: (kind, name, when, holds) => {
    const condition = when === null ? '' : `다음 조건에서: ${when}. `;
    if (kind === 'required') return `${condition}${name} 값을 반드시 입력해야 합니다.`;
    if (kind === 'blank') return `${condition}${name} 값을 비워 두어야 합니다.`;
    return `${condition}다음이 성립해야 합니다: ${holds}.`;
  },
  broken: (kind, value, scope, when, holds, others) => {
    const condition = when === null ? scope.slice(0, -1) : `조건: ${when}`;
    if (kind === 'required') return `값이 없습니다. 값을 입력하십시오. (${condition})`;
    if (kind === 'blank') return `${value} 값은 필요하지 않습니다. 값을 삭제하십시오. (${condition})`;
    const seen = others === '' ? '' : ` (${others})`;
    return `${value}${seen} 값이 맞지 않습니다. 다음이 성립하도록 수정하십시오: ${holds}.${when === null ? '' : ` (${condition})`}`;
  },
};
