/**
 * The memory of MIG devices, which nvidia-smi tells in its XML alone (`-q -x`). Only as much of XML is read as it
 * writes: elements, attributes and text; no entities beyond the five, no CDATA, comments and the DOCTYPE skipped.
 */
import type { MigReading } from '../../domain/gpu-monitor/reading.ts';
import { NvidiaSmiError } from './nvidia-smi.ts';

export const XML_ARGS: readonly string[] = ['-q', '-x'];

const MEBIBYTE = 1024 ** 2;

export type MigMemory = {
  /** Position of its GPU in the list, which is the driver's index. */
  readonly gpu: number;
  readonly index: number;
} & Pick<MigReading, 'memoryTotalBytes' | 'memoryFreeBytes'>;

/** @throws NvidiaSmiError when the text is no XML of nvidia-smi */
export function parseMigMemory(text: string): readonly MigMemory[] {
  const log = parseElements(text).find(({ name }) => name === 'nvidia_smi_log');
  if (!log) throw new NvidiaSmiError('no nvidia_smi_log in its XML');
  const gpus = log.children.filter(({ name }) => name === 'gpu');
  return gpus.flatMap((gpu, position) =>
    childrenOf(childOf(gpu, 'mig_devices'), 'mig_device').map((device) => {
      const memory = childOf(device, 'fb_memory_usage');
      return {
        gpu: position,
        index: Number(childOf(device, 'index')?.text ?? NaN),
        memoryTotalBytes: readBytes(childOf(memory, 'total')?.text),
        memoryFreeBytes: readBytes(childOf(memory, 'free')?.text),
      };
    }),
  );
}

function readBytes(text: string | undefined): number | null {
  const match = /^(\d+) MiB$/.exec(text ?? '');
  return match ? Number(match[1]) * MEBIBYTE : null;
}

type Element = { readonly name: string; readonly children: Element[]; text: string };

const childrenOf = (element: Element | undefined, name: string): readonly Element[] =>
  element?.children.filter((child) => child.name === name) ?? [];
const childOf = (element: Element | undefined, name: string): Element | undefined =>
  childrenOf(element, name)[0];

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function parseElements(text: string): readonly Element[] {
  const top: Element = { name: '', children: [], text: '' };
  const open = [top];
  const parts = text.matchAll(/<!--[\s\S]*?-->|<[?!][^>]*>|<(\/?)([A-Za-z_][\w.-]*)[^>]*?(\/?)>|([^<]+)/g);
  for (const [, close, name, empty, content] of parts) {
    const parent = open.at(-1)!;
    if (content !== undefined) parent.text = (parent.text + decode(content)).trim();
    else if (name === undefined) continue;
    else if (close) {
      if (parent.name !== name) throw new NvidiaSmiError(`</${name}> closes <${parent.name}> in its XML`);
      open.pop();
    } else {
      const element: Element = { name, children: [], text: '' };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length > 1) throw new NvidiaSmiError(`its XML ends inside of <${open.at(-1)!.name}>`);
  return top.children;
}

const decode = (text: string): string =>
  text.replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name]!);
