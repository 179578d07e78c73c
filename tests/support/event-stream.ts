/** Server-sent events of a job's output, as a client that follows it reads them. */

/** Reads whole events until this holds of them or the stream ends. */
export async function readStream(
  url: string,
  headers: Record<string, string>,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const response = await fetch(url, { headers });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body!) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    if (isEnough(text) && text.endsWith('\n\n')) break;
  }
  return text;
}

/** The pieces of output in it. */
export const outputsOf = (stream: string): { attempt: number; text: string }[] =>
  [...stream.matchAll(/^event: output\ndata: (.*)$/gm)].map(
    (match) => JSON.parse(match[1]!) as { attempt: number; text: string },
  );
