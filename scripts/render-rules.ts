/** docs/rules: the catalogue of rules as pages for people, in English and Korean side by side. */
import { format } from 'prettier';
import { SEVERITIES } from '../contracts/issues.ts';
import { CONFIDENCES, RULE_LEVELS } from '../contracts/rules.ts';
import { RULE_TEXTS } from '../contracts/texts/describe-rules.ts';
import type { Mark } from '../contracts/texts/rule-shape.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { ELEMENTS, SPECIFICATION_VERSION } from '../domain/cftc/elements.ts';
import { PROFILES, type ProfileName } from '../domain/cftc/profiles.ts';
import { RULE_CATALOGUE } from '../domain/cftc/rule-catalogue.ts';
import { EFFECTIVE_FROM } from '../domain/cftc/specification.ts';
import { renderCoverage } from './render-coverage.ts';
import { renderGroup, renderLevels } from './render-rule-pages.ts';
import { renderSequenceTables } from './render-sequence-tables.ts';
import { COVERAGE_PAGE, pageOfGroup, RECORDS_PAGE, SEQUENCE_PAGE } from './rule-page-parts.ts';

const PROFILE_TEXTS: Readonly<Record<ProfileName, Readonly<Record<Language, string>>>> = {
  public: {
    en: 'reads values as repositories publish them (1,234,567+) and judges what published rows have.',
    ko: '저장소가 공개하는 표기(1,234,567+)로 값을 읽고, 공개 자료에 있는 항목만 검사합니다.',
  },
  spec: {
    en: 'the minimum of the specification: what is asked for must be there, what is superfluous may stay. Intake judges submissions by it.',
    ko: '명세의 최소 요건입니다. 요구하는 값은 있어야 하며 불필요한 값은 두어도 됩니다. 제출 파일은 수신할 때 이 프로필로 검사합니다.',
  },
  strict: {
    en: 'what the strictest reader would say: nothing superfluous, and every warning rejects.',
    ko: '가장 엄격한 기준입니다. 불필요한 값이 없어야 하며 모든 경고가 거부로 이어집니다.',
  },
};

const GROUPS = [...new Set(ELEMENTS.map(({ group }) => group))];
const hasSequence = RULE_CATALOGUE.some(({ level }) => level === 'sequence');

type Page = { readonly name: string; readonly render: () => string };

const PAGES: readonly Page[] = [
  { name: 'README.md', render: renderReadme },
  { name: COVERAGE_PAGE, render: renderCoverage },
  {
    name: RECORDS_PAGE,
    render: () => renderLevels('Records and values / 레코드와 값', ['csv', 'feed', 'record', 'format']),
  },
  ...(hasSequence
    ? [
        {
          name: SEQUENCE_PAGE,
          render: () =>
            [
              renderLevels('The order of messages / 메시지의 순서', ['sequence']),
              renderSequenceTables(),
            ].join('\n\n'),
        },
      ]
    : []),
  ...GROUPS.map((group) => ({ name: pageOfGroup(group), render: () => renderGroup(group) })),
];

/** The pages, each with the file that it is written to. */
export const RULE_PAGES = PAGES.map(({ name, render }) => ({
  file: `docs/rules/${name}`,
  render: () => format(render(), { parser: 'markdown', printWidth: 110 }),
}));

const meanings = <Name extends string>(
  names: readonly Name[],
  choose: (language: Language, name: Name) => Mark,
): string =>
  names
    .map((name) => {
      const [en, ko] = [choose('en', name), choose('ko', name)];
      return `- **${en.name}** / **${ko.name}**: ${en.meaning} / ${ko.meaning}`;
    })
    .join('\n');

const profileNames = Object.keys(PROFILES) as ProfileName[];

/** Names of the profiles that have a leniency. */
const lenient = (leniency: 'sparseTerminations'): string =>
  profileNames.filter((name) => PROFILES[name][leniency]).join(', ');

/** What nobody has to send, by profile. */
const excused = (language: Language): string =>
  profileNames
    .filter((name) => PROFILES[name].excused.length > 0)
    .map((name) => {
      const numbers = PROFILES[name].excused.map((number) => `#${number}`).join(', ');
      return language === 'en'
        ? `Under ${name} nobody has to send ${numbers}: Tain sets them when it reports.`
        : `${name} 프로필에서는 ${numbers} 값을 보내지 않아도 됩니다. Tain이 보고할 때 입력합니다.`;
    })
    .join(' ');

function renderReadme(): string {
  const profiles = profileNames.map(
    (name) => `- **${name}**: ${PROFILE_TEXTS[name].en} / ${PROFILE_TEXTS[name].ko}`,
  );
  const groups = GROUPS.map((group) => {
    const numbers = ELEMENTS.filter((element) => element.group === group).map(({ number }) => `#${number}`);
    const range = numbers.length > 1 ? `${numbers[0]}–${numbers.at(-1)}` : numbers[0];
    return `- [${group}](${pageOfGroup(group)}): ${range}`;
  });
  return [
    '# The rules / 규칙',
    `Every rule that Tain judges records by, made from the code: version ${SPECIFICATION_VERSION} of the CFTC technical specification for parts 43 and 45. An issue names the id of its rule; \`tain explain ID\` and \`GET /v1/rules/ID\` say the same as these pages. In a rule, "(#67)" is the number of a data element, and an element with legs is meant in any of its legs unless the rule says otherwise. A rule under an element cites the validations of that element, and is in force for submissions since ${EFFECTIVE_FROM['3.1']}, where nothing else is said; structure, formats and sequence are judged whatever the day.`,
    `Tain이 레코드를 검사하는 모든 규칙이며 코드에서 생성합니다. CFTC 파트 43·45 기술 명세 ${SPECIFICATION_VERSION} 버전을 따릅니다. 이슈에는 규칙 id가 표시되며, \`tain explain ID\`와 \`GET /v1/rules/ID\`에서도 같은 내용을 확인할 수 있습니다. 규칙의 "(#67)"은 데이터 항목의 번호이고, 레그가 있는 항목은 별도 언급이 없으면 어느 레그든 해당합니다. 항목 아래의 규칙은 따로 표시하지 않는 한 그 항목의 검증 조건(validations)을 출처로 하며, ${EFFECTIVE_FROM['3.1']} 제출분부터 시행합니다. 구조, 형식, 순서 규칙은 날짜와 관계없이 검사합니다.`,
    '## Pages / 목차',
    [
      `- [Records and values / 레코드와 값](${RECORDS_PAGE}): structure, records, formats / 구조, 레코드, 형식`,
      ...(hasSequence ? [`- [The order of messages / 메시지의 순서](${SEQUENCE_PAGE})`] : []),
      ...groups,
      `- [Coverage / 적용 범위](${COVERAGE_PAGE})`,
    ].join('\n'),
    '## Levels / 수준',
    meanings(RULE_LEVELS, (language, name) => RULE_TEXTS[language].levels[name]),
    '## Severities / 심각도',
    meanings(SEVERITIES, (language, name) => RULE_TEXTS[language].severities[name]),
    '## Confidence / 확실성',
    meanings(CONFIDENCES, (language, name) => RULE_TEXTS[language].confidences[name]),
    '## Profiles / 프로필',
    profiles.join('\n'),
    `Under ${lenient('sparseTerminations')} a TERM, PRTO or EROR may come with nothing but what names the swap and the event, whatever else is asked for. ${excused('en')}`,
    `${lenient('sparseTerminations')} 프로필에서 TERM, PRTO, EROR는 다른 값을 요구하는 규칙이 있더라도 스왑과 이벤트를 식별하는 값만으로 보고할 수 있습니다. ${excused('ko')}`,
    '## What cannot be decided / 판단할 수 없는 경우',
    'A rule that depends on the product is judged only where the product is known. Where it is not, the record is neither rejected nor proven right: `record.undetermined` counts and names the rules.',
    '상품에 따라 달라지는 규칙은 상품을 알 수 있을 때만 검사합니다. 알 수 없으면 레코드를 거부하지도, 옳다고 확인하지도 않으며 `record.undetermined`가 해당 규칙의 수와 이름을 알려 줍니다.',
  ].join('\n\n');
}
