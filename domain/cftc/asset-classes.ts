/** Credit, other commodity, equity, foreign exchange, interest rates. CFTC technical specification v3.2. */
export const ASSET_CLASSES = ['CR', 'CO', 'EQ', 'FX', 'IR'] as const;

export type AssetClass = (typeof ASSET_CLASSES)[number];
