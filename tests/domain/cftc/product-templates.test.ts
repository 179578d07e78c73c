/** The templates, and the provider's own list of them where a checkout has it beside it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  readAssetClass,
  readDeliveryType,
  readUnderlierType,
} from '../../../domain/cftc/product-attributes.ts';
import { findTemplate, PRODUCT_TEMPLATES } from '../../../domain/cftc/product-templates.ts';
import { impliedByUseCase } from '../../../domain/cftc/use-cases.ts';

const LIST = path.resolve(import.meta.dirname, '../../../../shared/reference/upi-templates.json');
const hasList = existsSync(LIST);
if (!hasList) process.stderr.write(`SKIPPED: no list of UPI templates in ${LIST}\n`);

type Listed = {
  assetClass: string;
  instrumentType: string;
  useCase: string;
  requiredAttributes: string[];
  attributes: Record<string, unknown>;
  underlyingAssetType: string[] | null;
};

describe('the UPI templates', () => {
  test('are 110, each with an asset class, an instrument and a use case of its own', () => {
    expect(PRODUCT_TEMPLATES).toHaveLength(110);
    for (const one of PRODUCT_TEMPLATES)
      expect(findTemplate(one.assetClass, one.instrumentType, one.useCase)).toBe(one);
  });

  test('are found by what they are, and by nothing else', () => {
    expect(findTemplate('IR', 'Swap', 'Fixed_Float_OIS')?.required).toContain('NotionalSchedule');
    expect(findTemplate('IR', 'Swap', 'Corporate')).toBeUndefined();
    expect(findTemplate('CR', 'Swap', 'corporate')).toBeUndefined();
    expect(findTemplate(null, 'Swap', '')).toBeUndefined();
  });

  test('write nothing that the table of spellings does not read', () => {
    for (const { deliveryTypes, underlierTypes } of PRODUCT_TEMPLATES) {
      for (const type of underlierTypes)
        expect(readUnderlierType(type)?.toLowerCase()).toBe(type.toLowerCase());
      for (const type of deliveryTypes) expect([type, readDeliveryType(type)]).not.toEqual([type, undefined]);
    }
  });

  test('leave a non-deliverable forward or option no other delivery than cash', () => {
    for (const [instrument, useCase] of [
      ['Forward', 'NDF'],
      ['Option', 'NDO'],
    ] as const) {
      const template = findTemplate('FX', instrument, useCase)!;
      expect(template.deliveryTypes).toEqual([]);
      expect(impliedByUseCase(template)).toEqual({ underlierType: null, deliveryType: 'CASH' });
    }
  });

  test('imply only underliers that they allow', () => {
    const implied = PRODUCT_TEMPLATES.map((one) => [one, impliedByUseCase(one).underlierType] as const);
    expect(implied.filter(([, type]) => type !== null)).toHaveLength(9);
    for (const [one, type] of implied)
      if (type !== null) expect(one.underlierTypes.map(readUnderlierType)).toContain(type);
  });

  (hasList ? test : test.skip)('are those of the provider, attribute by attribute', () => {
    const { templates } = JSON.parse(readFileSync(LIST, 'utf8')) as { templates: Listed[] };
    expect(templates).toHaveLength(PRODUCT_TEMPLATES.length);
    for (const listed of templates) {
      const found = findTemplate(readAssetClass(listed.assetClass), listed.instrumentType, listed.useCase);
      const types = listed.underlyingAssetType ?? listed.attributes['UnderlyingAssetType'];
      expect([listed.useCase, found && [...found.required].sort()]).toEqual([
        listed.useCase,
        listed.requiredAttributes.sort(),
      ]);
      expect([...found!.deliveryTypes].sort()).toEqual(
        [...((listed.attributes['DeliveryType'] as string[] | undefined) ?? [])].sort(),
      );
      expect(found!.underlierTypes).toEqual(Array.isArray(types) ? types : []);
    }
  });
});
