/**
 * One received file: inspect the whole → split, validate and store its records → publish → link corrected records →
 * apply them to the ledger; or refuse or hold with a reason. What is published stays so, whatever comes behind it.
 * The records never come here; the activities move them from disk to Postgres and return counts.
 */
import {
  defineQuery,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { FileIngestActivities } from '../activities/file-ingest.ts';
import { endStateOf, TainError } from '../contracts/errors.ts';
import type { FileIngestInput, FileIngestProgress } from '../contracts/file-ingest.ts';
import { PROGRESS_QUERY, SEARCH_ATTRIBUTES } from '../contracts/lifecycles.ts';
import { toProblem } from './problems.ts';

const retry = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const;

/** Long work and short alike: whoever does not beat is dead, and somebody else goes on at once. */
const beating = { startToCloseTimeout: '24 hours', heartbeatTimeout: '10 seconds', retry } as const;
const { inspectFile } = proxyActivities<FileIngestActivities>({
  ...beating,
  summary: 'look at the whole file',
});
const { ingestRecords } = proxyActivities<FileIngestActivities>({
  ...beating,
  summary: 'split, validate, store',
});
const { publishFile } = proxyActivities<FileIngestActivities>({
  ...beating,
  summary: 'prove the counts, publish',
});
const { linkCorrections } = proxyActivities<FileIngestActivities>({
  ...beating,
  summary: 'link to what it corrects',
});
const { applyRecords } = proxyActivities<FileIngestActivities>({
  ...beating,
  summary: 'apply to the ledger',
});
const { refuseFile } = proxyActivities<FileIngestActivities>({ ...beating, summary: 'keep the reason' });

const progressQuery = defineQuery<FileIngestProgress>(PROGRESS_QUERY);
const fileState = defineSearchAttributeKey(SEARCH_ATTRIBUTES.fileState, SearchAttributeType.KEYWORD);

export async function fileIngest(input: FileIngestInput): Promise<FileIngestProgress> {
  let progress: FileIngestProgress = {
    stage: 'inspecting',
    format: null,
    counts: null,
    ledger: null,
    problem: null,
  };
  setHandler(progressQuery, () => progress);
  const show = (change: Partial<FileIngestProgress>): void => {
    progress = { ...progress, ...change };
    setCurrentDetails(describe(input, progress));
  };

  try {
    show({ stage: 'inspecting' });
    const { format, mayCorrect } = await inspectFile(input.fileId);
    show({ stage: 'ingesting', format });
    const counts = await ingestRecords(input.fileId);
    show({ stage: 'publishing', counts });
    await publishFile(input.fileId);
    if (mayCorrect) {
      show({ stage: 'linking' });
      await linkCorrections(input.fileId);
    }
    // A public dissemination file describes nobody's own swap.
    if (format === 'submission') {
      show({ stage: 'applying' });
      show({ ledger: await applyRecords(input.fileId) });
    }
    show({ stage: 'published' });
  } catch (error) {
    const problem = toProblem(error);
    if (problem === null || progress.stage === 'applying') throw error;
    const stage = endStateOf(problem.code);
    log.warn(`file.${stage}`, { fileId: input.fileId, code: problem.code });
    await refuseFile(input.fileId, problem);
    show({ stage, problem, counts: null });
  }
  upsertSearchAttributes([{ key: fileState, value: progress.stage }]);
  return progress;
}

function describe(
  input: FileIngestInput,
  { stage, format, counts, ledger, problem }: FileIngestProgress,
): string {
  const lines = [`**${input.fileName}** (${input.sizeBytes} bytes): ${stage}`];
  if (format) lines.push(`Format: ${format}.`);
  if (counts)
    lines.push(
      `Read **${counts.read}** = accepted **${counts.accepted}** + rejected **${counts.rejected}**.`,
    );
  if (ledger) {
    const outcomes = Object.entries(ledger).map(([outcome, records]) => `${outcome} **${records}**`);
    lines.push(`Accepted = ${outcomes.join(' + ')}.`);
  }
  if (problem) lines.push(`${problem.code}: ${new TainError(problem.code, problem.params).message}`);
  return lines.join('\n\n');
}
