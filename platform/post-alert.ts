/** Alerts to whoever is on duty: a POST of JSON, signed where there is a secret. */
import { createHmac } from 'node:crypto';
import type { Alert } from '../contracts/exception-watch.ts';
import type { Config } from './config.ts';

export type AlertTarget = {
  readonly url: string;
  /** Absent: not signed. */
  readonly secret?: string | undefined;
  readonly timeoutMs: number;
};

/** How long the address may take to answer. */
const TIMEOUT_MS = 10_000;

/** Where alerts go; null: nowhere. */
export const alertTargetOf = ({
  TAIN_ALERT_URL: url,
  TAIN_ALERT_SECRET: secret,
}: Pick<Config, 'TAIN_ALERT_URL' | 'TAIN_ALERT_SECRET'>): AlertTarget | null =>
  url === undefined ? null : { url, secret, timeoutMs: TIMEOUT_MS };

/** Header with the HMAC-SHA256 of the body, as "sha256=" and hex digits; and the id of the alert. */
const SIGNATURE_HEADER = 'x-tain-signature';
const ID_HEADER = 'x-tain-alert';

/**
 * Posts an alert.
 * @throws Error saying why when it is not taken: no answer in time, or a status other than 2xx
 */
export async function postAlert({ url, secret, timeoutMs }: AlertTarget, alert: Alert): Promise<void> {
  const body = JSON.stringify(alert);
  // A header takes printable ASCII alone.
  const id = encodeURIComponent(alert.id);
  const signature = secret === undefined ? null : createHmac('sha256', secret).update(body).digest('hex');
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      [ID_HEADER]: id,
      ...(signature !== null && { [SIGNATURE_HEADER]: `sha256=${signature}` }),
    },
    // Where it would go on to is nobody's that was configured.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the address answered ${response.status}`);
}
