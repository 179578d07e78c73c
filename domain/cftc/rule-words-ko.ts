/**
 * Conditional rules in Korean. A predicate is written in the five forms in which a sentence may need it, because
 * Korean joins clauses by their endings. No particle follows a code or a name directly, since its form would depend on
 * their last sound: "값이" and "코드가" follow. Element names stay as the specification has them.
 */
import { isGroup, type Clause, type Group, type Statement } from './clauses.ts';
import type { RuleWords, SpokenRule } from './explain-rule.ts';
import { SPARSE_ACTIONS } from './profiles.ts';

/** Endings: and, or, if, must, and the form before a noun. */
type Forms = { and: string; or: string; if: string; must: string; noun: string };
type Form = keyof Forms;

/** Of a noun: "…이다". */
const copula = (noun: string): Forms => ({
  and: `${noun}이고`,
  or: `${noun}이거나`,
  if: `${noun}이면`,
  must: `${noun}이어야 합니다`,
  noun: `${noun}인`,
});
const notCopula = (noun: string): Forms => ({
  and: `${noun} 아니고`,
  or: `${noun} 아니거나`,
  if: `${noun} 아니면`,
  must: `${noun} 아니어야 합니다`,
  noun: `${noun} 아닌`,
});
/** Of a verb: its stem, what links it to "면", the stem of the duty, the form before a noun. */
const verb = (stem: string, link: '' | '으', must: string, noun: string): Forms => ({
  and: `${stem}고`,
  or: `${stem}거나`,
  if: `${stem}${link}면`,
  must: `${must} 합니다`,
  noun,
});

const GIVEN = verb('있', '으', '있어야', '있는');
const BLANK = verb('없', '으', '없어야', '없는');
const SAME = verb('같', '으', '같아야', '같은');
const DIFFERENT = verb('다르', '', '달라야', '다른');
const SMALLER = verb('작', '으', '작아야', '작은');
const GREATER = verb('크', '', '커야', '큰');
const EARLIER = verb('빠르', '', '빨라야', '빠른');
const LATER = verb('늦', '으', '늦어야', '늦은');
const BEGINS = verb('LEI로 시작하', '', 'LEI로 시작해야', 'LEI로 시작하는');
const unless = (stem: string): Forms => verb(`${stem}지 않`, '으', `${stem}지 않아야`, `${stem}지 않은`);

/** By the comparison: of moments, of numbers, and of numbers when negated. */
const COMPARED: Readonly<Record<string, readonly [time: Forms, number: Forms, negated: Forms]>> = {
  '=': [SAME, SAME, DIFFERENT],
  '<': [EARLIER, SMALLER, unless('작')],
  '<=': [unless('늦'), unless('크'), GREATER],
  '>': [LATER, GREATER, unless('크')],
  '>=': [unless('빠르'), unless('작'), SMALLER],
};

const ATTRIBUTES: Readonly<Record<string, string>> = {
  instrumentType: '상품 유형(instrument type)',
  underlierType: '기초자산 유형(underlier type)',
  deliveryType: '인도 방식(delivery type)',
  notionalSchedule: '명목금액 일정(notional schedule)',
};

const MESSAGES: Readonly<Record<string, string>> = {
  transaction: '거래',
  valuation: '평가',
  collateral: '담보',
  dissemination: '공개',
};

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? values[0]! : `${values.join(', ')} 중 하나`;

/** What is said of the subject, in the form that is asked for. */
function predicate(statement: Statement, form: Form): string {
  const { negated } = statement;
  switch (statement.kind) {
    case 'is':
      return (negated ? notCopula(`${statement.values.join(', ')} 코드가`) : copula(oneOf(statement.values)))[
        form
      ];
    case 'product':
      return copula(negated ? `${statement.values.join(', ')} 이외의 값` : oneOf(statement.values))[form];
    case 'filled':
      return (negated ? BLANK : GIVEN)[form];
    case 'lei':
      return (negated ? notCopula('LEI가') : copula('LEI'))[form];
    case 'leiPrefix':
      return (negated ? unless('LEI로 시작하') : BEGINS)[form];
    case 'upi':
      return (negated ? notCopula('UPI가') : copula('UPI'))[form];
    case 'currencyPair':
      return copula(negated ? '단일 통화' : '통화쌍')[form];
    case 'midnight':
      return (negated ? notCopula('00:00:00이') : copula('00:00:00'))[form];
    case 'compare': {
      const { op, others, isLiteral } = statement;
      if (isLiteral && op === '=' && !negated) return copula(others[0]!)[form];
      const [time, number, opposite] = COMPARED[op]!;
      const forms = negated ? opposite : statement.isTime ? time : number;
      const other = isLiteral ? others[0]! : `${others.join(' 값 또는 ')} 값`;
      return `${other}${op === '=' ? '과' : '보다'} ${forms[form]}`;
    }
  }
}

const subject = ({ kind, name }: Statement): string =>
  kind === 'product'
    ? `${ATTRIBUTES[name] ?? name} 값이`
    : `${name} ${kind === 'midnight' ? '시각이' : '값이'}`;

function say(clause: Clause, form: Form): string {
  if (!isGroup(clause)) return `${subject(clause)} ${predicate(clause, form)}`;
  return clause.of.map((one, at) => sayPart(clause, at, one, form)).join(' ');
}

function sayPart({ kind, of }: Group, at: number, one: Clause, last: Form): string {
  const form = at === of.length - 1 ? last : kind === 'all' ? 'and' : 'or';
  // Names have parentheses of their own.
  if (isGroup(one)) return copula(`[${say(one, 'noun')} 경우]`)[form];
  const before = of[at - 1];
  // Who has just been named needs no name.
  const isNamed = before && !isGroup(before) && subject(before) === subject(one);
  return isNamed ? predicate(one, form) : `${subject(one)} ${predicate(one, form)}`;
}

const premise = (when: Clause | null): string => (when === null ? '' : `${say(when, 'if')} `);

function scope({ messages, assetClasses, legs }: SpokenRule): string {
  const kinds = messages.map((one) => MESSAGES[one] ?? one).join('·');
  const classes = assetClasses === null ? '' : `, 자산군 ${assetClasses.join(', ')}`;
  const eachLeg = legs === 'each' ? ', 레그별로 적용' : legs === 'second' ? ', 레그 2에 적용' : '';
  return `${kinds} 보고${classes}${eachLeg}`;
}

function exempt({ exemption }: SpokenRule): string {
  if (exemption === null) return '';
  const { sparse, excused } = exemption;
  const except = sparse?.exceptEvent ? ` 단, 이벤트가 ${sparse.exceptEvent}인 경우는 제외합니다.` : '';
  const mayLack = sparse
    ? ` ${sparse.profiles.join(', ')} 프로필에서는 ${[...SPARSE_ACTIONS].join(', ')} 보고에서 생략할 수 있습니다.${except}`
    : '';
  const isSet =
    excused.length > 0 ? ` ${excused.join(', ')} 프로필에서는 Tain이 값을 넣으므로 요구하지 않습니다.` : '';
  return mayLack + isSet;
}

export const KOREAN_RULE_WORDS: RuleWords = {
  rule: (rule) => {
    const duty =
      rule.kind === 'required'
        ? `${rule.name} 값을 입력해야 합니다`
        : rule.kind === 'blank'
          ? `${rule.name} 값을 비워 두어야 합니다`
          : say(rule.holds!, 'must');
    const strict = rule.strictOnly ? ' strict 프로필에서만 검사합니다.' : '';
    const given = rule.whereGiven ? '값을 입력한 경우 ' : '';
    return `${given}${premise(rule.when)}${duty}. 적용 대상: ${scope(rule)}.${strict}${exempt(rule)}`;
  },
  broken: (rule, value, others) => {
    const reason = premise(rule.when);
    const tail = reason === '' ? ` (적용 대상: ${scope(rule)})` : '';
    if (rule.kind === 'required')
      return `값이 없습니다. ${reason}이 값을 입력해야 합니다${tail}. 값을 입력하십시오.`;
    if (rule.kind === 'blank')
      return `${value} 값은 필요하지 않습니다. ${reason}이 값을 비워 두어야 합니다${tail}. 값을 삭제하십시오.`;
    const seen = others === '' ? '' : ` (${others})`;
    return `${value}${seen} 값이 맞지 않습니다. ${reason}${say(rule.holds!, 'must')}. 값을 수정하십시오.`;
  },
};
