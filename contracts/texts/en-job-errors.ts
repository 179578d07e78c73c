/** The words for errors of training runs: templates, paths, executors, results. Spread into those of all errors. */
import type { JobErrorCode } from '../errors.ts';
import { quote, type ErrorWords, type Param } from './shape.ts';

/** What is wrong with a path. */
const PATH_RULES: Readonly<Record<string, (param: Param) => string>> = {
  text: () => 'it has to be the name of a file or folder',
  nul: () => 'it contains a NUL character',
  'too-long': (param) => `it has more than ${param('limit')} bytes`,
  traversal: () => 'it contains ".."',
  outside: (param) => `it is not below ${param('limit')}`,
  link: (param) => `a link on the way leads out of ${param('limit')}`,
  moved: (param) => `it leads to ${param('limit')}, as it did not when the job was submitted`,
  missing: () => 'there is nothing of this name',
  'no-file': () => 'it is not a file',
  'no-folder': () => 'it is not a folder',
  'too-large': (param) => `it is larger than ${param('limit')} bytes`,
  unreadable: () => 'it cannot be read by the user that runs Tain',
  unwritable: () => 'it cannot be written by the user that runs Tain',
};

/** What is wrong with a parameter. */
const PARAMETER_RULES: Readonly<Record<string, (param: Param) => string>> = {
  unknown: (param) => `the template has none of this name, but ${param('limit')}`,
  integer: () => 'it has to be a whole number',
  number: () => 'it has to be a number',
  range: (param) => `it has to be from ${param('limit')}`,
  choice: (param) => `it has to be one of ${param('limit')}`,
  length: (param) => `it has to be text of at most ${param('limit')} characters`,
  pattern: (param) => `it has to match ${param('limit')} and not to begin with "-"`,
};

/** How a list of results and the results differ. */
const RESULT_PROBLEMS: Readonly<Record<string, (param: Param) => string>> = {
  missing: () => 'it is listed and not there',
  unlisted: () => 'it is there and not listed',
  bytes: (param) => `the list says ${param('said')} bytes, it has ${param('found')}`,
  sha256: (param) => `the list says ${param('said')}, its SHA-256 is ${param('found')}`,
  'listed-twice': () => 'it is listed twice',
  entry: (param) => `${quote(param('said'))} is no entry of path, bytes and sha256 below the folder`,
  'no-file': () => 'it is a link or no regular file',
  unreadable: () => 'it cannot be read, or its name is no UTF-8',
  'too-large': (param) => `with its ${param('found')} bytes it is more than is kept of one run`,
  manifest: () => 'it is no JSON of the shape {"files": [{"path", "bytes", "sha256"}]}',
};

/** Why the pod of a run does not run yet. */
const WAITS: Readonly<Record<string, string>> = {
  refused: 'the cluster does not let its pod be made',
  image: 'its image cannot be had, or its container not be made',
  controller: 'the controller of Argo has not looked at it: does it run, and for this namespace?',
  slow: 'its node has not started it',
};

/** Why the cluster has no room for a run. */
const NO_ROOM: Readonly<Record<string, string>> = {
  unschedulable: 'no node has room for it',
  'node-gone': 'the node that it was planned on is gone from the cluster',
  quota: 'the quota of the namespace is used up',
};

/** What a registry says that it does not have. */
const MISSING_IMAGES: Readonly<Record<string, (param: Param) => string>> = {
  repository: () => 'it has no repository of this name',
  tag: () => 'it has no such tag',
  digest: () => 'it has nothing with this digest',
  pinned: (param) =>
    `it no longer has ${param('digest')}, with which the job was started before, whatever the tag is now`,
};

/** Why a registry could not be asked for an image. */
const UNCHECKED: Readonly<Record<string, string>> = {
  unreachable: 'it cannot be reached',
  slow: 'it does not answer in time',
  untrusted: 'its certificate is not trusted',
  status: 'it does not answer as it should',
  denied: 'it does not let Tain look',
  answer: 'its answer cannot be used',
  settings: 'the settings for it cannot be used',
};

const say = (rules: Readonly<Record<string, (param: Param) => string>>, param: Param, name: string): string =>
  rules[param(name)]?.(param) ?? param(name);

export const ENGLISH_JOB_ERRORS: Readonly<Record<JobErrorCode, ErrorWords>> = {
  'job.template-unknown': {
    title: 'There is no such template',
    help: 'Name one of the templates; what is run comes from them alone.',
    detail: (param) => `${quote(param('template'))} is none of the templates ${param('known')}.`,
  },
  'job.parameter-invalid': {
    title: 'A parameter of the job is wrong',
    help: 'Give it a value that the template takes.',
    detail: (param) =>
      `${quote(param('parameter'))} of ${param('template')} is ${quote(param('value'))}: ${say(PARAMETER_RULES, param, 'rule')}.`,
  },
  'job.path-invalid': {
    title: 'A path of the job is refused',
    help: 'Name a file and a folder that exist below the folders for training, without ".." and without links out of them.',
    detail: (param) => `${param('field')} is ${quote(param('value'))}: ${say(PATH_RULES, param, 'rule')}.`,
  },
  'job.name-invalid': {
    title: 'A run cannot have this name',
    help: 'A run is named by a-z, 0-9 and "-", at most 80 of them.',
    detail: (param) => `${quote(param('name'))} is no name of a run.`,
  },
  'job.launch-differs': {
    title: 'The run was started with something else',
    help: 'A run is started once. Give another attempt another name.',
    detail: (param) =>
      `${quote(param('name'))} was started with another command, other paths or other devices.`,
  },
  'job.start-slow': {
    title: 'The run does not start',
    help: 'Look at runner.log in the folder of the run; the machine may have too much to do.',
    detail: (param) => `The program of ${quote(param('name'))} did not run after ${param('ms')} ms.`,
  },
  'job.disk-full': {
    title: 'The disk for runs is full',
    help: 'Free some room there; the run is tried again.',
    detail: (param) => `There is no room for the run ${quote(param('name'))} in ${param('folder')}.`,
  },
  'job.unkillable': {
    title: 'A process of the run cannot be ended',
    help: 'It is stuck in the kernel, most often in a driver or a network file system. Its devices stay taken; look at: dmesg',
    detail: (param) => `${quote(param('name'))} still has processes ${param('seconds')} s after SIGKILL.`,
  },
  'job.still-running': {
    title: 'The run has not ended',
    help: 'Cancel it first, and wait for its end.',
    detail: (param) => `${quote(param('name'))} cannot be removed while it runs.`,
  },
  'job.results-disagree': {
    title: 'The results are not what the program says they are',
    help: 'Nothing was thrown away. Have the program write results/manifest.json last, when the files are whole.',
    detail: (param) =>
      `Of ${quote(param('name'))} the result ${quote(param('file'))}: ${say(RESULT_PROBLEMS, param, 'problem')} (differences in all: ${param('count')}).`,
  },
  'job.cluster-unreachable': {
    title: 'The Kubernetes cluster does not answer',
    help: 'Tain tries again by itself; runs go on meanwhile. Check the API server, the network and the kubeconfig.',
    detail: (param) =>
      `The API server has not answered in ${param('attempts')} attempts; the last one: ${param('reason')}.`,
  },
  'job.cluster-refused': {
    title: 'The cluster refuses the run',
    help: 'Change what it objects to: the job, the cluster file (docs/kubernetes.md), or the rules of the namespace.',
    detail: (param) => `The run ${quote(param('name'))} is refused: ${param('reason')}.`,
  },
  'job.pod-waits': {
    title: 'The cluster has not started the run yet',
    help: 'It is tried again. Images and the rules of the cluster are looked after by whoever runs it.',
    detail: (param) =>
      `The pod of ${quote(param('name'))} did not run after ${param('seconds')} s, because ${WAITS[param('rule')] ?? param('rule')}${param('reason') && `: ${param('reason')}`}.`,
  },
  'job.no-room': {
    title: 'The cluster has no room for the run',
    help: 'The job goes back into the queue and is tried again later; that uses up no retry. Something took the room between the plan and the start, its node left the cluster, or a quota is smaller than what nodes have: look at these.',
    detail: (param) =>
      `After ${param('seconds')} s ${quote(param('name'))} has no place, because ${NO_ROOM[param('rule')] ?? param('rule')}: ${param('reason')}.`,
  },
  'job.other-executor': {
    title: 'The run was started by another executor',
    help: 'Set TAIN_KUBERNETES_FILE (and "executor" in that file) as it was, start the gpu role again, and change it when no run is left. The run goes on meanwhile, and nothing is lost.',
    detail: (param) =>
      `${quote(param('name'))} was started by the executor ${param('started')}; here ${param('here')} is set.`,
  },
  'job.object-taken': {
    title: 'Somebody else has an object of this name in the cluster',
    help: 'Tain did not make it and leaves it alone. Remove or rename it, or give training a namespace of its own.',
    detail: (param) =>
      `The run ${quote(param('name'))} would be the ${param('kind')} ${param('object')} in the namespace ${param('namespace')}, which exists and is not of this Tain.`,
  },
  'job.image-unknown': {
    title: 'The image for training does not exist',
    help: 'Correct "image" in the file that TAIN_KUBERNETES_FILE names, or push the image, start the gpu role again if the file changed, and submit the job again. Where the registry hides what Tain may not read, give it a login ("registry", docs/kubernetes.md).',
    detail: (param) =>
      `The registry ${param('registry')} was asked for the image ${quote(param('image'))}: ${say(MISSING_IMAGES, param, 'rule')}.`,
  },
  'job.image-unchecked': {
    title: 'The image for training could not be looked up',
    help: 'Nothing has to be done for this run: it is started all the same, with the digest that is known, or with its tag. Check the registry, the network policy and "registry" in the cluster file (docs/kubernetes.md).',
    detail: (param) =>
      `The registry ${param('registry')} could not be asked for the image ${quote(param('image'))}: ${UNCHECKED[param('rule')] ?? param('rule')} (${param('reason')}).`,
  },
  'kubernetes-file.invalid': {
    title: 'The cluster file cannot be used',
    help: 'Correct the file that TAIN_KUBERNETES_FILE names (docs/kubernetes.md), and start Tain again.',
    detail: (param) => `${param('file')}, ${param('place')}: ${param('problem')}.`,
  },
  'kubernetes-file.unreadable': {
    title: 'The cluster file cannot be read',
    help: 'Check the path in TAIN_KUBERNETES_FILE and the permissions of the file.',
    detail: (param) => `${param('file')} cannot be read (${param('reason')}).`,
  },
};
