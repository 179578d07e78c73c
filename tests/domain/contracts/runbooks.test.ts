import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const PAGES = path.join(ROOT, 'docs', 'runbooks', 'alerts');
const RULES = path.join(ROOT, 'infra', 'prometheus');

/** Names of the alerts that the rules of Prometheus raise. */
const alertsOf = (text: string): string[] =>
  Array.from(text.matchAll(/^\s*- alert: (\w+)$/gm), ([, name]) => name!);

const RULE_FILES = existsSync(RULES) ? readdirSync(RULES).filter((name) => /rules.*\.ya?ml$/.test(name)) : [];
const PAGE_NAMES = readdirSync(PAGES).map((name) => path.parse(name).name);

describe('the runbooks of alerts', () => {
  it.each(RULE_FILES)('have a page for every alert of %s, and no page of an alert that is gone', (file) => {
    const alerts = alertsOf(readFileSync(path.join(RULES, file), 'utf8'));

    expect(alerts.length).toBeGreaterThan(0);
    expect(PAGE_NAMES.sort()).toEqual(alerts.sort());
  });

  it.each(PAGE_NAMES)(
    '%s says what it means, what Tain does, what a person does, and when it is over',
    (name) => {
      const page = readFileSync(path.join(PAGES, `${name}.md`), 'utf8');

      expect(page.startsWith(`# ${name}\n`)).toBe(true);
      for (const part of ['It means:', 'Tain by itself:', 'You:', 'It is over when:'])
        expect([part, page.includes(`**${part}**`)]).toEqual([part, true]);
      for (const [, link] of page.matchAll(/\]\(([^)#]+)/g))
        expect([link, existsSync(path.join(PAGES, link!))]).toEqual([link, true]);
    },
  );
});
