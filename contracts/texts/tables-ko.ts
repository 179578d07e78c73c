/** What can be wrong in a table that people keep as a file, in Korean. No particle follows a value directly. */
import {
  sayTableProblem,
  type ShownTableProblem,
  type TableProblemCode,
  type TableProblemWords,
} from './tables-en.ts';

export const TABLE_PROBLEMS_KO: Readonly<Record<TableProblemCode, TableProblemWords>> = {
  'file-empty': () => '파일이 비어 있습니다. 첫 줄에 열 이름을, 그다음 줄부터 행을 하나씩 입력하십시오.',
  'column-missing': () => '이 열이 없습니다. 첫 줄과 모든 행에 열을 추가하십시오.',
  'column-unknown': (value, allowed) =>
    `${value} 열은 이 표에 없는 열입니다. 다음 중에서 사용하십시오: ${allowed}.`,
  'column-twice': () => '같은 열이 두 번 있습니다. 하나를 삭제하십시오.',
  'record-unreadable': () =>
    '이 줄을 읽을 수 없습니다. 쉼표나 따옴표가 들어 있는 값은 큰따옴표로 묶고, 값 안의 큰따옴표는 두 번 겹쳐 쓰십시오.',
  'field-count': (value, allowed) =>
    `첫 줄의 열은 ${allowed}개인데 이 줄의 값은 ${value}개입니다. 쉼표를 더하거나 빼십시오.`,
  'value-missing': () => '값이 없습니다. 값을 입력하십시오.',
  'value-not-allowed': (value, allowed) =>
    `${value} 값은 허용되지 않습니다. 다음 중에서 입력하십시오: ${allowed}.`,
  'not-a-date': (value) => `${value} 값은 달력에 있는 날짜가 아닙니다. YYYY-MM-DD 형식으로 입력하십시오.`,
  'not-a-number': (value, allowed) =>
    `${value} 값은 여기에 맞는 숫자가 아닙니다. 구분 기호와 지수 표기 없이 숫자(${allowed})로 입력하십시오.`,
  'not-an-lei': (value) =>
    `${value} 값은 올바른 LEI가 아닙니다. 20자와 끝의 검사 숫자 두 자리를 확인하여 수정하십시오.`,
  'not-a-time-zone': (value, allowed) =>
    `${value} 값은 시간대 이름이 아닙니다. 다음과 같은 이름을 입력하십시오: ${allowed}.`,
  'calendar-unknown': (value, allowed) =>
    `${value} 값은 불러온 달력이 아닙니다. 달력을 불러오거나 다음 중에서 입력하십시오: ${allowed}.`,
  'dates-reversed': () => '행의 종료일이 시작일보다 앞섭니다. 두 날짜 중 하나를 수정하십시오.',
  'row-twice': () => '앞의 행이 같은 내용이나 반대되는 내용을 담고 있습니다. 둘 중 하나를 삭제하십시오.',
  'periods-overlap': () =>
    '이 LEI의 앞의 행이 같은 날에 유효합니다. 한 행이 시작하기 전에 다른 행이 끝나도록 수정하십시오.',
};

/** What is wrong in a table, with line and column in front, and what to change. */
export const describeTableProblemKo = (shown: ShownTableProblem): string =>
  `${shown.line}행${shown.field === null ? '' : ` ${shown.field} 열`}: ${sayTableProblem(TABLE_PROBLEMS_KO, shown)}`;
