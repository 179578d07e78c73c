/** What a rule can be limited to: kinds of messages and asset classes. CFTC technical specification v3.2, 1.3. */

export const ASSET_CLASSES = ['CR', 'CO', 'EQ', 'FX', 'IR'] as const;
/** Credit, other commodity, equity, foreign exchange, interest rate. */
export type AssetClass = (typeof ASSET_CLASSES)[number];

/** The kinds of messages that parties submit: of a swap's terms and events, and two at the end of a day. */
export const MESSAGE_TYPES = ['transaction', 'valuation', 'collateral'] as const;
/** `dissemination` is what a repository publishes of a transaction. */
export type MessageType = (typeof MESSAGE_TYPES)[number] | 'dissemination';

/** The kind of message that an action makes. */
export const messageOfAction = (action: string): (typeof MESSAGE_TYPES)[number] =>
  action === 'VALU' ? 'valuation' : action === 'MARU' ? 'collateral' : 'transaction';
