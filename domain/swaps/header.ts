/**
 * Recognises a file's format from its header line, never from its name or the position of its columns, and binds every
 * column to a data element. A file that names a transaction identifier (#102, #103) is a submission, whatever else it
 * names; those are never shown to the public, so that a file without one that has dissemination identifiers is public.
 */
import type { ErrorFacts } from '../../contracts/errors.ts';
import type { Element } from '../cftc/elements.ts';
import {
  ELEMENT_SLOTS,
  ERA_A_SLOTS,
  normalise,
  PUBLIC_SLOTS,
  RETURN_SLOTS,
  SUBMISSION_SLOTS,
  type Leg,
  type Slot,
} from './column-slots.ts';
import { ERA_B_LEGS, type Era } from './dissemination-columns.ts';

export type FileFormat = 'submission' | 'public-dissemination';

export type Column = {
  /** Position in the record, from 0. */
  readonly index: number;
  /** The name as the file has it. */
  readonly name: string;
  /** Where the value goes: element key with stream and leg ("notionalAmountLeg1"), a repository-specific name, or null. */
  readonly slot: string | null;
  readonly element: Element | null;
  readonly leg: Leg | null;
};

export type Layout = {
  readonly format: FileFormat;
  /** Which layout of public dissemination files it is; null for a submission. */
  readonly era: Era | null;
  readonly columns: readonly Column[];
  /** Columns that name nothing we know; they are carried along unread. */
  readonly unknownColumns: readonly string[];
};

/** Can records of the file name rejected ones that they correct? */
export const mayCorrect = ({ columns }: Pick<Layout, 'columns'>): boolean =>
  columns.some(({ slot }) => slot === 'tainRecord');

/** Why a file cannot be read; whoever knows its name adds it as the parameter `file`. */
export type HeaderProblem = ErrorFacts;

/** The names of a header as they are compared, and the elements that they mean. */
type Names = { readonly present: ReadonlySet<string>; readonly elements: ReadonlySet<string> };

/** A name as a message may show it: however long the header is, the message is not. */
const shorten = (name: string): string => name.trim().slice(0, 60).toWellFormed();

/**
 * Binds the names of a header line.
 * @returns the layout, or the whole-file problem with its code of the error table
 */
export function recogniseHeader(names: readonly string[]): Layout | HeaderProblem {
  const present = new Set(names.map(normalise));
  const bound = [...present].map((name) => PUBLIC_SLOTS.get(name)?.element?.number);
  const elements = new Set(bound.filter((number) => number !== undefined));
  const header: Names = { present, elements };
  if (elements.has('102') || elements.has('103')) return recogniseSubmission(names, header);
  if (present.has('primaryassetclass') || present.has('disseminationid')) return recogniseEraA(names, header);
  if (elements.has('D1')) return recognisePublic(names, header);
  return recogniseSubmission(names, header);
}

const incomplete = (format: string, column: string): HeaderProblem => ({
  code: 'file.header-incomplete',
  params: { format, column },
});

function recogniseEraA(names: readonly string[], { present }: Names): Layout | HeaderProblem {
  for (const required of ['Dissemination ID', 'Action']) {
    if (!present.has(normalise(required))) return incomplete('public dissemination', required);
  }
  return bind('public-dissemination', 'A', names, (name) => ERA_A_SLOTS.get(name));
}

function recognisePublic(names: readonly string[], { present, elements }: Names): Layout | HeaderProblem {
  if (!elements.has('26')) return incomplete('public dissemination', 'Action type');
  const era = ['87', 'D4', 'D5'].some((number) => elements.has(number)) ? 'C' : isEraB(present) ? 'B' : null;
  // Without the product columns of either layout, a renamed column would be months of silent blanks.
  if (era === null) return incomplete('public dissemination', 'Unique Product Identifier');
  return bind('public-dissemination', era, names, (name) => PUBLIC_SLOTS.get(name));
}

/** Only era B has these elements once per leg. */
const isEraB = (present: ReadonlySet<string>): boolean =>
  [...present].some((name) => {
    const slot = PUBLIC_SLOTS.get(name);
    return slot !== undefined && slot.leg !== null && ERA_B_LEGS.includes(slot.element?.number ?? '');
  });

function recogniseSubmission(names: readonly string[], { elements }: Names): Layout | HeaderProblem {
  if (elements.size === 0) {
    const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 60)));
    return {
      code: 'file.header-unknown',
      params: { problem: 'names', begins: shown.join(', ') },
    };
  }
  if (!elements.has('26')) return incomplete('submission', 'Action type');
  if (!elements.has('102') && !elements.has('103')) {
    return incomplete('submission', 'Unique transaction identifier (UTI)');
  }
  return bind(
    'submission',
    null,
    names,
    (name, given) => SUBMISSION_SLOTS.get(name) ?? otherProductSlot(given) ?? ELEMENT_SLOTS.get(name),
  );
}

/** What a UPI says beside what rules ask for is carried along under its own name. */
const otherProductSlot = (given: string): Slot | undefined =>
  /^\s*upi\./i.test(given) ? { slot: `upi.${given.trim().slice(4)}`, element: null, leg: null } : undefined;

function bind(
  format: FileFormat,
  era: Era | null,
  names: readonly string[],
  find: (normalised: string, given: string) => Slot | undefined,
): Layout | HeaderProblem {
  const columns = names.map((name, index): Column => {
    const found = RETURN_SLOTS.get(normalise(name)) ?? find(normalise(name), name);
    return {
      index,
      name,
      slot: found?.slot ?? null,
      element: found?.element ?? null,
      leg: found?.leg ?? null,
    };
  });
  const seen = new Map<string, string>();
  for (const { name, slot } of columns) {
    if (slot === null) continue;
    const first = seen.get(slot);
    if (first !== undefined) {
      return {
        code: 'file.header-duplicate',
        params: { first: shorten(first), second: shorten(name), slot: shorten(slot) },
      };
    }
    seen.set(slot, name);
  }
  return {
    format,
    era,
    columns,
    unknownColumns: columns.filter(({ slot }) => slot === null).map(({ name }) => name),
  };
}
