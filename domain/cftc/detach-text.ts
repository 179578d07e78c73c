/** Copies a text: a part of a text would keep the whole block of the file in memory that it was cut from. */
export const detachText = (text: string): string => text.split('').join('');
