/** The margin portfolios that we hold with our counterparties: one is open with each of them at a time. */
import { takeAt } from './mutations.ts';
import type { Random } from './random.ts';

/** The other side of a swap, and by what kind of identifier it is known. */
type Party = { readonly party: string; readonly source: string };

export type Portfolios = {
  /** Puts a swap with a party into the portfolio that is open with it, and gives its code. */
  include(party: Party): string;
  /** Ends a portfolio that has swaps, so that its margin can be reported; null while there is none. */
  close(): (Party & { readonly code: string }) | null;
};

type Open = Party & { readonly number: number; serial: number; filled: boolean };

/** Memory grows with the number of counterparties alone. */
export function createPortfolios(random: Random): Portfolios {
  const byParty = new Map<string, Open>();
  const filled: Open[] = [];
  const codeOf = ({ number, serial }: Open): string => `${number}P${serial}`;

  return {
    include({ party, source }) {
      let open = byParty.get(party);
      if (!open) {
        open = { party, source, number: byParty.size + 1, serial: 1, filled: false };
        byParty.set(party, open);
      }
      if (!open.filled) filled.push(open);
      open.filled = true;
      return codeOf(open);
    },
    close() {
      if (filled.length === 0) return null;
      const open = takeAt(filled, random.int(0, filled.length - 1));
      const closed = { party: open.party, source: open.source, code: codeOf(open) };
      open.serial += 1;
      open.filled = false;
      return closed;
    },
  };
}
