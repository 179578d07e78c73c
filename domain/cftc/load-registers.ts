/** From the files of a register folder to registers, wherever their bytes come from. */
import type { ErrorFacts } from '../../contracts/errors.ts';
import type { SliceHash } from '../csv/split.ts';
import { BUILT_IN_REGISTERS } from './built-in-registers.ts';
import type { RegisterReader, RegisterReading } from './register-files.ts';
import { createLeiReader, createMicReader, createUpiReader } from './register-readers.ts';
import type { Registers } from './registers.ts';

/** In the order of the version's hash. */
export const REGISTER_FILES = ['lei.csv', 'mic.csv', 'upi.csv'] as const;
export type RegisterFileName = (typeof REGISTER_FILES)[number];

export type RegisterSource = {
  readonly name: RegisterFileName;
  /** The bytes of the file, one character per byte. */
  readonly content: () => AsyncIterable<string>;
};

export type LoadedRegisters = { readonly registers: Registers } | { readonly problem: ErrorFacts };

/**
 * Reads registers; one that has no file is the built-in one. The version is the SHA-256 of the files' names and
 * contents, and of the built-in version where a built-in register takes part, so that it names one set for good.
 * @returns the registers, or the first line that cannot be read
 */
export async function loadRegisters(
  sources: readonly RegisterSource[],
  createSha256: () => SliceHash,
): Promise<LoadedRegisters> {
  if (sources.length === 0) return { registers: BUILT_IN_REGISTERS };
  const version = createSha256();
  const read = async <Register>(
    name: RegisterFileName,
    reader: RegisterReader<Register>,
  ): Promise<RegisterReading<Register> | null> => {
    const source = sources.find((one) => one.name === name);
    if (!source) {
      version.update(`${name} ${BUILT_IN_REGISTERS.version}\n`);
      return null;
    }
    const hash = createSha256();
    for await (const chunk of source.content()) {
      hash.update(chunk);
      reader.push(chunk);
    }
    version.update(`${name} ${hash.digest()}\n`);
    return reader.end();
  };

  const lei = await read('lei.csv', createLeiReader());
  const mic = await read('mic.csv', createMicReader());
  const upi = await read('upi.csv', createUpiReader());
  for (const [at, reading] of [lei, mic, upi].entries()) {
    if (reading && 'problems' in reading) {
      const { line, field, value, fault } = reading.problems[0];
      return {
        problem: {
          code: 'register.invalid',
          params: { file: REGISTER_FILES[at]!, line, field, value, fault },
        },
      };
    }
  }
  const built = BUILT_IN_REGISTERS;
  const taken = <Register>(reading: RegisterReading<Register> | null, otherwise: Register | null) =>
    reading && 'register' in reading ? reading.register : otherwise;
  return {
    registers: {
      lei: taken(lei, built.lei),
      mic: taken(mic, built.mic),
      upi: taken(upi, built.upi),
      version: version.digest(),
    },
  };
}
