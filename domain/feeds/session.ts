/** The names of sessions where messages are kept: a sender may begin one anew under the name that it had. */

/**
 * @param session as the sender calls it
 * @param generation how often it began under this name, from 1
 */
export const sessionLabel = (session: string, generation: number): string =>
  generation === 1 ? session : `${session}#${generation}`;

/** The session as its sender calls it. */
export const wireNameOf = (label: string): string => label.replace(/#\d+$/, '');

/** How often the session had begun under its name. */
export const generationOf = (label: string): number => Number(/#(\d+)$/.exec(label)?.[1] ?? 1);
