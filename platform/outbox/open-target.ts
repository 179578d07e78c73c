/** Opens a configured target: the one place that knows the kinds of targets. */
import { loadTarget } from '../outbound-config.ts';
import { prepareDirectoryTarget } from './directory-target.ts';
import type { OutboundTarget } from './outbound-target.ts';
import { prepareSessionTarget } from './session-target.ts';

/** @throws TainError outbound.target-unknown, outbound.invalid, outbound.unreadable */
export async function prepareTarget(outboundFile: string | undefined, name: string): Promise<OutboundTarget> {
  const settings = await loadTarget(outboundFile, name);
  return settings.kind === 'directory'
    ? prepareDirectoryTarget(settings)
    : prepareSessionTarget(outboundFile!, settings);
}
