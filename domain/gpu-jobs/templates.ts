/**
 * What may be run: commands come from here and from nowhere else. A template is a list of arguments; a parameter fills
 * a part of one of them and can never become two, an option of its own, or anything to a shell, because no shell is
 * ever asked.
 */
import { TainError } from '../../contracts/errors.ts';

export type ParameterRule =
  | {
      readonly kind: 'integer' | 'number';
      readonly min: number;
      readonly max: number;
      readonly default: number;
    }
  | { readonly kind: 'choice'; readonly values: readonly string[]; readonly default: string }
  /** `pattern` has to match all of it. */
  | { readonly kind: 'text'; readonly pattern: string; readonly maxLength: number; readonly default: string };

export type JobTemplate = {
  readonly name: string;
  readonly title: string;
  /** `{name}` stands for a parameter, `{node}` and `{root}` for the program Node and the folder of Tain. */
  readonly command: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterRule>>;
  /** Does it write a checkpoint when it is told to make way (SIGUSR1)? Then it loses nothing. */
  readonly savesOnNotice: boolean;
};

/** Where things are on the machine that runs it. */
export type CommandPlaces = { readonly node: string; readonly root: string };

const TEMPLATES: readonly JobTemplate[] = [
  {
    name: 'proto-gcn',
    title: 'Trains a graph convolutional network that names the community of each node of a graph',
    command: [
      '{node}',
      '{root}/demo/train/train.ts',
      '--steps={steps}',
      '--checkpoint-every={checkpoint-every}',
      '--pace-ms={pace-ms}',
    ],
    parameters: {
      steps: { kind: 'integer', min: 1, max: 1_000_000, default: 300 },
      'checkpoint-every': { kind: 'integer', min: 1, max: 100_000, default: 25 },
      'pace-ms': { kind: 'integer', min: 0, max: 60_000, default: 0 },
    },
    savesOnNotice: true,
  },
];

/** The templates by name, in their order. */
export const templateNames = (): readonly string[] => TEMPLATES.map(({ name }) => name);

/** @throws TainError job.template-unknown */
export function templateOf(name: unknown): JobTemplate {
  const found = TEMPLATES.find((template) => template.name === name);
  if (found) return found;
  throw new TainError('job.template-unknown', { template: show(name), known: templateNames().join(', ') });
}

/**
 * The values of all parameters of a template: those given, and defaults.
 * @throws TainError job.parameter-invalid, naming parameter, value and rule
 */
export function checkParameters(
  template: JobTemplate,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  for (const parameter of Object.keys(given))
    if (!Object.hasOwn(template.parameters, parameter))
      refuse(template, parameter, given[parameter], 'unknown', Object.keys(template.parameters).join(', '));
  return Object.fromEntries(
    Object.entries(template.parameters).map(([parameter, rule]) => {
      const value = Object.hasOwn(given, parameter) ? given[parameter] : rule.default;
      return [parameter, checkValue(template, parameter, rule, value)];
    }),
  );
}

/**
 * The command of a template, one string for each argument.
 * @param values as checkParameters gives them
 */
export function renderCommand(
  { command }: JobTemplate,
  values: Readonly<Record<string, string>>,
  places: CommandPlaces,
): readonly string[] {
  const all: Readonly<Record<string, string>> = { ...values, ...places };
  return command.map((part) => part.replaceAll(/\{([a-z-]+)\}/g, (_, name: string) => all[name]!));
}

function checkValue(template: JobTemplate, parameter: string, rule: ParameterRule, value: unknown): string {
  switch (rule.kind) {
    case 'integer':
    case 'number': {
      const isNumber = typeof value === 'number' && Number.isFinite(value);
      if (!isNumber || (rule.kind === 'integer' && !Number.isSafeInteger(value)))
        return refuse(template, parameter, value, rule.kind, '');
      if (value < rule.min || value > rule.max)
        return refuse(template, parameter, value, 'range', `${rule.min} to ${rule.max}`);
      return String(value);
    }
    case 'choice':
      return typeof value === 'string' && rule.values.includes(value)
        ? value
        : refuse(template, parameter, value, 'choice', rule.values.join(', '));
    case 'text':
      if (typeof value !== 'string' || value.length > rule.maxLength)
        return refuse(template, parameter, value, 'length', String(rule.maxLength));
      // One that begins with "-" would be an option where the argument is nothing but the parameter.
      return !value.startsWith('-') &&
        !value.includes('\0') &&
        new RegExp(`^(?:${rule.pattern})$`).test(value)
        ? value
        : refuse(template, parameter, value, 'pattern', rule.pattern);
  }
}

function refuse(
  template: JobTemplate,
  parameter: string,
  value: unknown,
  rule: string,
  limit: string,
): never {
  const params = { template: template.name, parameter, value: show(value), rule, limit };
  throw new TainError('job.parameter-invalid', params);
}

const MAX_SHOWN = 200;

/** A value as the error names it: text as it is, anything else as JSON. */
const show = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).slice(0, MAX_SHOWN);
