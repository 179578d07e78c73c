/** What reports are called, in English and in Korean. */
import type { ReportKind } from '../on-demand-report.ts';
import type { Language } from './shape.ts';

export const REPORT_TITLES: Readonly<Record<Language, Readonly<Record<ReportKind, string>>>> = {
  en: {
    'part45-transaction': 'Part 45 creation and lifecycle reports',
    'part45-valuation': 'Part 45 valuation reports',
    'part45-collateral': 'Part 45 collateral reports',
    'open-swaps': 'Open swaps',
    activity: 'Accepted events and what became of them',
    rejections: 'Rejected records',
    late: 'Messages that were not acknowledged when they were due',
    'missing-valuations': 'Open swaps of ours without a valuation of the day',
    'missing-collateral': 'Portfolios of ours without margin of the day',
    counts: 'Open swaps by asset class and currency',
    verification: 'Open swaps with one counterparty, to be verified',
    'public-preview': 'What the public would see (not sent)',
  },
  ko: {
    'part45-transaction': '파트 45 거래 생성 및 생애주기 보고',
    'part45-valuation': '파트 45 평가 보고',
    'part45-collateral': '파트 45 담보 보고',
    'open-swaps': '미결제 스왑',
    activity: '접수된 이벤트와 처리 결과',
    rejections: '거부된 레코드',
    late: '기한까지 확인되지 않은 메시지',
    'missing-valuations': '당일 평가가 없는 자사 미결제 스왑',
    'missing-collateral': '당일 증거금 보고가 없는 자사 포트폴리오',
    counts: '자산군 및 통화별 미결제 스왑',
    verification: '거래상대방별 검증용 미결제 스왑',
    'public-preview': '공개될 내용 미리보기(전송되지 않음)',
  },
};
