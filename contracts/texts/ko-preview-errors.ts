/** The words for errors of the preview and its tables, in Korean. Spread into those of all errors. */
import type { ErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';
import { describeTableProblemKo } from './tables-ko.ts';

type PreviewErrorCode = Extract<ErrorCode, `preview.${string}` | `table.${string}`>;

export const KOREAN_PREVIEW_ERRORS: Readonly<Record<PreviewErrorCode, ErrorWords>> = {
  'preview.no-record': {
    title: '파일에 해당 레코드가 없습니다',
    help: '파일에 있는 레코드의 번호를 지정하십시오. 헤더 다음의 첫 레코드가 1번입니다.',
    detail: (param) =>
      `${param('file')} 파일의 레코드는 ${param('read')}개이며 ${param('record')}번 레코드는 없습니다.`,
  },
  'preview.rejected-record': {
    title: '거부된 레코드는 미리 볼 수 없습니다',
    help: 'tain validate 명령으로 오류를 확인하고 먼저 수정하십시오.',
    detail: (param) => `${param('file')} 파일의 ${param('record')}번 레코드는 거부되었습니다.`,
  },
  'preview.not-submission': {
    title: '제출 파일만 미리 볼 수 있습니다',
    help: '#102 또는 #103 열이 있는 제출 형식의 파일을 지정하십시오.',
    detail: (param) => `${param('file')} 파일에는 이미 공개된 데이터가 들어 있습니다.`,
  },
  'table.invalid': {
    title: '표를 읽을 수 없습니다',
    help: '해당 행을 수정한 뒤 명령을 다시 실행하십시오. 폴더는 TAIN_TABLE_DIR에 지정되어 있습니다. 표는 하나도 적용되지 않았습니다.',
    detail: (param) =>
      `${param('file')} 파일의 문제는 ${param('problems')}건입니다. 첫 번째 문제: ` +
      describeTableProblemKo({
        line: Number(param('line')),
        field: param('field') || null,
        value: param('value'),
        problem: param('problem'),
        allowed: param('allowed'),
      }),
  },
  'table.unreadable': {
    title: '표 폴더를 읽을 수 없습니다',
    help: 'TAIN_TABLE_DIR에 읽을 수 있는 UTF-8 표 파일이 있는 폴더를 지정하거나, 설정을 해제하십시오.',
    detail: (param) => `다음 위치를 읽을 수 없습니다: ${param('path')} (${param('reason')}).`,
  },
  'table.unknown': {
    title: '표 폴더에 표가 아닌 파일이 있습니다',
    help: '파일 이름을 바꾸거나 TAIN_TABLE_DIR에 지정된 폴더에서 옮기십시오.',
    detail: (param) =>
      `${param('path')} 폴더의 ${quote(param('file'))} 파일은 표가 아닙니다. 사용할 수 있는 표: ${param('tables')}.`,
  },
};
