/** The words for errors of backups and restores, in Korean. Spread into those of all errors. */
import type { BackupErrorCode } from '../errors.ts';
import { quote, type ErrorWords } from './shape.ts';

const DAMAGES: Readonly<Record<string, string>> = {
  missing: '파일이 없습니다',
  size: '기록된 크기와 다릅니다',
  content: '기록된 내용과 다릅니다',
};

const THINGS: Readonly<Record<string, string>> = { format: '형식', migration: '마이그레이션' };

export const KOREAN_BACKUP_ERRORS: Readonly<Record<BackupErrorCode, ErrorWords>> = {
  'backup.taken': {
    title: '백업을 둘 위치에 이미 다른 것이 있습니다',
    help: '아직 없는 폴더를 지정하십시오. 백업은 다른 백업을 덮어쓰지 않습니다.',
    detail: (param) => `이미 존재합니다: ${param('folder')}.`,
  },
  'backup.within-data': {
    title: '백업할 폴더 안에 백업을 둘 수 없습니다',
    help: '데이터 폴더 밖의 폴더를 지정하십시오. 다른 디스크가 가장 좋습니다.',
    detail: (param) => `${param('folder')} 폴더가 ${param('data')} 아래에 있습니다.`,
  },
  'backup.unwritable': {
    title: '더 이상 쓸 수 없는 위치입니다',
    help: '공간을 확보하거나(ENOSPC) 쓰기 권한을 부여한 뒤(EACCES) 명령을 다시 실행하십시오. 중간에 멈춘 결과는 남지 않았습니다.',
    detail: (param) => `쓸 수 없습니다: ${param('path')} (${param('reason')}).`,
  },
  'backup.not-found': {
    title: '백업이 없습니다',
    help: 'manifest.json이 있는 폴더를 지정하십시오. .unfinished로 끝나는 폴더는 중단된 백업이므로 새로 백업하십시오.',
    detail: (param) => `manifest.json이 없습니다: ${param('folder')}.`,
  },
  'backup.damaged': {
    title: '백업이 기록된 내용과 다릅니다',
    help: '아무것도 복원하지 않았습니다. 이 백업의 다른 사본이나 이전 백업을 사용하십시오.',
    detail: (param) =>
      `${param('file')}(${param('about')}): ${DAMAGES[param('what')] ?? param('what')}. 예상: ${param('expected')}, 실제: ${param('found')}.`,
  },
  'backup.newer': {
    title: '더 새로운 버전의 Tain으로 만든 백업입니다',
    help: '백업을 만든 버전 또는 그 이후 버전으로 복원하십시오.',
    detail: (param) =>
      `백업의 ${THINGS[param('what')] ?? param('what')}: ${param('theirs')}, 이 버전이 아는 값: ${param('ours')}.`,
  },
  'backup.migration-unknown': {
    title: '다른 스키마의 백업입니다',
    help: '백업을 만든 버전의 Tain으로 복원하십시오.',
    detail: (param) =>
      `마이그레이션 ${param('migration')}의 체크섬이 다릅니다. 백업: ${param('theirs')}, 현재: ${param('ours')}.`,
  },
  'backup.table-unknown': {
    title: '이 스키마에 없는 테이블이 백업에 있습니다',
    help: '백업을 만든 버전의 Tain으로 복원하십시오. 아무것도 복원하지 않았습니다.',
    detail: (param) =>
      `${param('file')}: ${param('table')} 테이블의 열은 ${param('columns')}입니다. 예상: ${param('expected') || '해당 테이블 없음'}.`,
  },
  'backup.table-missing': {
    title: '이 스키마의 테이블이 백업에 없습니다',
    help: '백업을 만든 버전의 Tain으로 복원하십시오. 아무것도 복원하지 않았습니다.',
    detail: (param) => `백업에 없는 테이블: ${param('table')}.`,
  },
  'backup.rows-differ': {
    title: '테이블의 행 수가 백업의 기록과 다릅니다',
    help: '아무것도 복원하지 않았습니다. 이 백업의 다른 사본이나 이전 백업을 사용하십시오.',
    detail: (param) =>
      `${param('file')}: ${param('table')} 테이블의 행 수는 ${param('found')}입니다. 예상: ${param('expected')}.`,
  },
  'backup.refused': {
    title: '데이터베이스가 백업의 행을 거부합니다',
    help: '아무것도 복원하지 않았습니다. 이 백업의 다른 사본이나 이전 백업을 사용하십시오. 결과가 같으면 신고하십시오.',
    detail: (param) =>
      `${param('file')}, ${param('table')} 테이블 ${param('line')}번째 줄: ${quote(param('reason'))}.`,
  },
  'restore.database-taken': {
    title: '데이터베이스가 비어 있지 않습니다',
    help: '테이블이 없는 데이터베이스에 복원하십시오. DATABASE_URL로 다른 데이터베이스를, 또는 TAIN_STATE_DIR로 다른 폴더를 지정하십시오. 아무것도 변경하지 않았습니다.',
    detail: (param) => `다음 테이블이 있습니다: ${param('tables')}.`,
  },
  'restore.data-taken': {
    title: '데이터 폴더가 비어 있지 않습니다',
    help: 'TAIN_DATA_DIR로 빈 폴더를 지정하거나 있는 것을 옮기십시오. 아무것도 변경하지 않았습니다.',
    detail: (param) =>
      `${param('folder')} 폴더에 ${param('count')}개 항목이 있습니다(예: ${param('names')}).`,
  },
};
