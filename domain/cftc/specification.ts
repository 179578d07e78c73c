/** The versions of the CFTC technical specification that brought what the tables have. */

/** First day on which reports had to follow a version (compliance date), YYYY-MM-DD. Source: CFTC, parts 43 and 45. */
export const EFFECTIVE_FROM = {
  // The rewritten parts 43 and 45.
  '3.1': '2022-12-05',
  // The unique product identifier.
  '3.2': '2024-01-29',
} as const;

export type SpecificationVersion = keyof typeof EFFECTIVE_FROM;
