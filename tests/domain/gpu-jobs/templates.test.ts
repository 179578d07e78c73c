import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { TainError } from '../../../contracts/errors.ts';
import { describeError } from '../../../contracts/texts/describe.ts';
import {
  checkParameters,
  renderCommand,
  templateNames,
  templateOf,
  type JobTemplate,
} from '../../../domain/gpu-jobs/templates.ts';

const PLACES = { node: '/opt/node', root: '/opt/tain' };

const EVERY_KIND: JobTemplate = {
  name: 'every-kind',
  title: 'Has a parameter of every kind',
  command: ['{node}', '--count={count}', '{label}', 'rate={rate},mode={mode}'],
  savesOnNotice: true,
  parameters: {
    count: { kind: 'integer', min: 1, max: 10, default: 2 },
    rate: { kind: 'number', min: 0, max: 1, default: 0.5 },
    mode: { kind: 'choice', values: ['fast', 'exact'], default: 'exact' },
    label: { kind: 'text', pattern: '[ -~]+', maxLength: 40, default: 'none' },
  },
};

const refusal = (given: Record<string, unknown>): TainError => {
  try {
    checkParameters(EVERY_KIND, given);
  } catch (error) {
    return error as TainError;
  }
  throw new Error('taken');
};

describe('a template', () => {
  it('becomes one argument for each of its parts, with what was given and defaults', () => {
    const values = checkParameters(EVERY_KIND, { count: 7, label: 'a; rm -rf / $(id) {node}' });

    expect(renderCommand(EVERY_KIND, values, PLACES)).toEqual([
      '/opt/node',
      '--count=7',
      'a; rm -rf / $(id) {node}',
      'rate=0.5,mode=exact',
    ]);
  });

  it.each([
    ['count', 0, 'range'],
    ['count', -1, 'range'],
    ['count', 1e9, 'range'],
    ['count', 1.5, 'integer'],
    ['count', '3', 'integer'],
    ['count', NaN, 'integer'],
    ['rate', 1.01, 'range'],
    ['rate', Infinity, 'number'],
    ['rate', null, 'number'],
    ['mode', 'FAST', 'choice'],
    ['mode', ['fast'], 'choice'],
    ['label', '--config=/etc/passwd', 'pattern'],
    ['label', 'two\nlines', 'pattern'],
    ['label', 'a\0b', 'pattern'],
    ['label', '', 'pattern'],
    ['label', 'x'.repeat(41), 'length'],
    ['label', {}, 'length'],
    ['shell', 'sh', 'unknown'],
    ['__proto__', 1, 'unknown'],
    ['constructor', 1, 'unknown'],
  ])('refuses %s = %j by the rule %s, and says so', (parameter, value, rule) => {
    const { code, params } = refusal(Object.fromEntries([[parameter, value]]));

    expect({ code, ...params }).toMatchObject({ code: 'job.parameter-invalid', parameter, rule });
    for (const language of ['en', 'ko'] as const)
      expect(describeError(code, params, language).detail).toContain(parameter);
  });

  it('cannot be given more arguments than it has, by whatever text', () => {
    fc.assert(
      fc.property(fc.string(), (label) => {
        let values: Readonly<Record<string, string>>;
        try {
          values = checkParameters(EVERY_KIND, { label });
        } catch {
          return;
        }
        const command = renderCommand(EVERY_KIND, values, PLACES);
        expect(command).toHaveLength(EVERY_KIND.command.length);
        expect(command[2]).toBe(label);
        expect(label.startsWith('-')).toBe(false);
      }),
    );
  });

  it.each(['', 'proto-gcn ', 'sh -c id', '__proto__', 7, null, undefined])('is not found as %j', (name) => {
    expect(() => templateOf(name)).toThrow(expect.objectContaining({ code: 'job.template-unknown' }));
  });

  it.each(templateNames())('%s can be run as it is, and all that its command names is there', (name) => {
    const template = templateOf(name);
    const command = renderCommand(template, checkParameters(template, {}), PLACES);

    expect(command.join(' ')).not.toMatch(/[{}]|undefined/);
  });
});
