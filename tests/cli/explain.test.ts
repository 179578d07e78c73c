import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/run-command.ts';

describe('tain explain', () => {
  it('says what a rule asks for, how sure it is and where it is written', async () => {
    const { code, stdout } = await runCommand(['explain', 'required.67.IR']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^required\.67\.IR · conditional · error · source\n/);
    expect(stdout).toContain('Fixed rate (#67) must be given when Spread (#73) is blank');
    expect(stdout).toContain('in force: since 2022-12-05');
    expect(stdout).toContain('citation: CFTC technical specification v3.2, #67');
  });

  it.each(['sequence.pair', 'sequence.action-in-state'])('shows where the table of %s stands', async (id) => {
    const { stdout } = await runCommand(['explain', id]);

    expect(stdout.trimEnd()).toMatch(/tables of actions, events and states: docs\/rules\/sequence\.md$/);
    expect(stdout).not.toContain('offline');
  });

  it('says of a rule that no file alone can break where it is judged', async () => {
    const { stdout } = await runCommand(['explain', 'sequence.linked-swap-unknown']);

    expect(stdout).toContain('judged where the ledger knows all swaps');
  });

  it('says it in Korean to a Korean reader', async () => {
    const { stdout } = await runCommand(['explain', 'format.lei'], { LANG: 'ko_KR.UTF-8' });

    expect(stdout).toContain('형식 · 오류 · 원문');
    expect(stdout).toContain('총 20자여야 합니다.');
  });

  it.each(['#90', '90'])('lists the rules of the element %s', async (number) => {
    const { stdout } = await runCommand(['explain', number, '--json']);

    const { rules } = JSON.parse(stdout) as { rules: { id: string; text: string }[] };
    expect(rules.map(({ id }) => id)).toEqual([
      'code.spelling',
      'code.country',
      'blank.90.valuation',
      'blank.90.collateral',
    ]);
    expect(rules[0]!.text).toMatch(/capitals/);
  });

  it('suggests what was meant, without obeying what was written', async () => {
    const { code, stdout, stderr } = await runCommand(['explain', 'format.leicheck\u001b[31m']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('format.lei-check');
    expect(stderr).not.toContain('\u001b');
  });
});
