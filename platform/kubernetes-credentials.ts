/** Credentials of a cluster, found as kubectl finds them, and found again when they were replaced meanwhile. */
import type https from 'node:https';
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';

/** Tokens and certificates that are replaced on the disk count for what is asked so much later, in ms. */
const READ_AGAIN_MS = 2000;

/**
 * KUBECONFIG, the home folder, or the account of the pod, whose token the client itself reads again. Who may ask is read anew
 * for new requests; another server is not taken.
 */
class FoundKubeConfig extends KubeConfig {
  private readAt = performance.now();

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    this.readAgain();
    await super.applySecurityAuthentication(context);
  }

  override async applyToHTTPSOptions(options: https.RequestOptions): Promise<void> {
    this.readAgain();
    await super.applyToHTTPSOptions(options);
  }

  private readAgain(): void {
    if (performance.now() - this.readAt < READ_AGAIN_MS) return;
    this.readAt = performance.now();
    const next = new KubeConfig();
    try {
      next.loadFromDefault();
    } catch {
      // It is being written: what was read before is good for a while.
      return;
    }
    if (next.getCurrentCluster()?.server === this.getCurrentCluster()?.server) this.loadFromOptions(next);
  }
}

/** @throws Error for a file that is none */
export function findKubeConfig(): KubeConfig {
  const found = new FoundKubeConfig();
  found.loadFromDefault();
  return found;
}
