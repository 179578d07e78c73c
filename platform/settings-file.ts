/**
 * Files of settings that people keep as JSON, and the passwords that stand in files of their own beside them. What is
 * wrong is named with the file and the place in it.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { TainError, type ErrorCode } from '../contracts/errors.ts';

/** The errors of a kind of settings: with parameters file, place and problem, and with file and reason. */
export type SettingsErrors = { readonly invalid: ErrorCode; readonly unreadable: ErrorCode };

/** Text of at most so many printable characters, as a login has them. */
export const printable = (max: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{0,${max}}$`));

/**
 * What a file says.
 * @throws TainError of `errors`
 */
export async function readSettings<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  errors: SettingsErrors,
): Promise<z.output<Schema>> {
  const text = await readText(file, errors);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TainError(errors.invalid, { file, place: 'the file', problem: (error as Error).message });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue!.path.join('.') || 'the file';
  throw new TainError(errors.invalid, { file, place, problem: issue!.message });
}

/**
 * The password of a login, '' when it has none.
 * @param settingsFile beside which the password's file lies
 * @throws TainError of `errors`
 */
export async function readPassword(
  settingsFile: string,
  { name, passwordFile }: { readonly name: string; readonly passwordFile?: string | undefined },
  errors: SettingsErrors,
): Promise<string> {
  if (passwordFile === undefined) return '';
  const place = path.resolve(path.dirname(settingsFile), passwordFile);
  const password = (await readText(place, errors)).trimEnd();
  if (!printable(10).safeParse(password).success)
    throw new TainError(errors.invalid, {
      file: place,
      place: name,
      problem: 'a password has at most 10 printable characters',
    });
  return password;
}

async function readText(file: string, errors: SettingsErrors): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new TainError(errors.unreadable, { file, reason }, { cause: error });
  }
}
