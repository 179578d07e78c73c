/**
 * Starts any script of this checkout on a bare clone: `node cli/launch.mjs <command>` runs the command line,
 * `node cli/launch.mjs --run <script.ts> …` another script. Plain JavaScript that runs on Node 20 and later: it
 * installs the locked dependencies when they are missing or stale, and hands over to the Node 24 among them, which
 * runs TypeScript without a build. It stays only to pass signals on and the exit code back.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = path.join(ROOT, 'node_modules');
const STAMP = path.join(MODULES, '.tain-installed');
const LOCK = path.join(ROOT, '.tain', 'install.lock');
/** TypeScript without its types and compiled code: starting takes half the time. Where it cannot be written, it is not. */
const COMPILE_CACHE = path.join(ROOT, '.tain', 'compile-cache');
const PINNED_NODE = path.join(MODULES, 'node', 'bin', 'node');
/** An installing process touches its lock every few seconds; one that has not for this long is dead. */
const LOCK_DEAD_MS = 60_000;
/** A terminal sends Ctrl-C to the child, too. Only if that was not so does the child need ours. */
const INTERRUPT_GRACE_MS = 300;

const majorOf = (version) => Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

// --- dependencies ---------------------------------------------------------------------------------------------

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

function fingerprint() {
  const lock = readFileSync(path.join(ROOT, 'package-lock.json'));
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex');
}

const isStamped = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8').trim() === fingerprint();

/**
 * Whether somebody ran `npm ci` by hand: npm notes what it installed in node_modules/.package-lock.json, as its very
 * last step. Packages for other platforms are never installed; development packages may be left out altogether.
 */
function isInstalledByHand() {
  const note = path.join(MODULES, '.package-lock.json');
  if (!existsSync(note)) return false;
  try {
    const installed = readJson(note).packages;
    const hasDev = Object.values(installed).some((entry) => entry.dev);
    return Object.entries(readJson(path.join(ROOT, 'package-lock.json')).packages).every(([name, wanted]) => {
      if (name === '') return true;
      const found = installed[name];
      if (!found)
        return Boolean(wanted.optional || wanted.devOptional || wanted.peer || (wanted.dev && !hasDev));
      return found.version === wanted.version && (!wanted.integrity || found.integrity === wanted.integrity);
    });
  } catch {
    return false;
  }
}

function isWritable(directory) {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function stamp() {
  if (isWritable(MODULES)) writeFileSync(STAMP, `${fingerprint()}\n`);
}

/** True when the dependencies are those of the lock file. */
function isInstalled() {
  if (isStamped()) return true;
  if (!isInstalledByHand()) return false;
  stamp();
  return true;
}

async function installDependencies() {
  if (isStamped() || (!existsSync(LOCK) && isInstalled())) return;
  const blocked = [ROOT, MODULES].find((directory) => existsSync(directory) && !isWritable(directory));
  if (blocked) {
    fail(
      `The dependencies are missing or out of date, and ${blocked} is not writable for you: run npm ci as its owner.`,
    );
  }
  const unlock = await takeInstallLock();
  if (!unlock) return;
  let code = 1;
  try {
    code = isInstalled() ? 0 : await runNpm();
    if (code === 0) stamp();
  } finally {
    unlock();
  }
  if (code !== 0) process.exit(code);
}

/** Null when another launch has installed them meanwhile. */
async function takeInstallLock() {
  mkdirSync(path.dirname(LOCK), { recursive: true });
  for (let announced = false; ;) {
    if (isInstalled()) return null;
    try {
      mkdirSync(LOCK);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isDead(LOCK) && (await discardDeadLock())) continue;
    if (!announced)
      process.stderr.write('Waiting for another launch that is installing the dependencies …\n');
    announced = true;
    await sleep(500);
  }
  writeFileSync(path.join(LOCK, 'pid'), String(process.pid));
  const beat = setInterval(() => utimesSync(LOCK, new Date(), new Date()), 5000);
  return () => {
    clearInterval(beat);
    rmSync(LOCK, { recursive: true, force: true });
  };
}

function isDead(lock) {
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > LOCK_DEAD_MS) return true;
  try {
    process.kill(Number(readFileSync(path.join(lock, 'pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || (error.code === 'ENOENT' && age > 5000);
  }
}

/** The npm of a killed launch runs on, and would write into node_modules beside ours. */
async function endNpmOf(lock) {
  const file = path.join(lock, 'npm-pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const isNpm = () =>
    /npm/.test(spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '');
  if (!(pid > 1) || !isNpm()) return;
  kill(-pid, 'SIGKILL');
  while (isNpm()) await sleep(50);
}

/** Under a lock of its own, or one launch would discard the new lock of another that also found the old one dead. */
async function discardDeadLock() {
  const guard = `${LOCK}.discard`;
  try {
    mkdirSync(guard);
  } catch {
    const since = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > LOCK_DEAD_MS) rmSync(guard, { recursive: true, force: true });
    return false;
  }
  try {
    if (!isDead(LOCK)) return false;
    await endNpmOf(LOCK);
    rmSync(LOCK, { recursive: true, force: true });
    return true;
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

/**
 * npm's output is of interest only when it fails. `npm ci` refuses a lock file that lacks optional packages of other
 * platforms, which npm leaves out when its registry did not have them on the day of locking; `npm install` takes
 * everything that is in the lock file from there and tolerates that.
 */
async function runNpm() {
  process.stderr.write('Installing dependencies (first run, about a minute) …\n');
  rmSync(STAMP, { force: true });
  let { code, output } = await npm(['ci']);
  if (code !== 0 && /code EUSAGE/.test(output)) {
    rmSync(MODULES, { recursive: true, force: true }); // npm install would trust half of an interrupted one
    ({ code, output } = await npm(['install', '--no-save']));
  }
  if (code !== 0 && code < 128) {
    process.stderr.write(output);
    process.stderr.write(
      'The dependencies could not be installed: npm says why above. Starting again resumes.\n',
    );
  }
  return code;
}

async function npm(command) {
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const { npm_execpath: own } = process.env;
  const [program, ...before] = own && /npm-cli\.[cm]?js$/.test(own) ? [process.execPath, own] : ['npm'];
  const child = spawn(program, [...before, ...command, ...quiet], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, to end it with everything it started
  });
  if (child.pid) writeFileSync(path.join(LOCK, 'npm-pid'), String(child.pid));
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  const { code, missing } = await supervise(child);
  if (missing)
    fail('Tain installs its dependencies with npm, and there is no npm on the PATH. It comes with Node.js.');
  return { code, output: Buffer.concat(chunks).toString() };
}

// --- handing over -----------------------------------------------------------------------------------------------

/** The pinned Node; it may not run on this machine (another C library), or its download may have been refused. */
function chooseNode() {
  const asked = spawnSync(PINNED_NODE, ['--version'], { encoding: 'utf8' });
  if (asked.status === 0 && majorOf(asked.stdout) >= 24) return PINNED_NODE;
  if (majorOf(process.version) >= 24) return process.execPath;
  return fail(
    `Tain needs Node.js 24, and the one in ${PINNED_NODE} does not run here: ` +
      'remove node_modules to install it again, or start Tain with a Node.js 24 or later of your own.',
  );
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

/** Waits for a child and passes signals on to it (or its group); the exit code is 128 + n when signal n ended it. */
function supervise(child, target = child.pid) {
  return new Promise((resolve) => {
    const onInterrupt = () => setTimeout(() => kill(target, 'SIGTERM'), INTERRUPT_GRACE_MS).unref();
    const onTerminate = () => kill(target, 'SIGTERM');
    const onHangUp = () => kill(target, 'SIGHUP');
    process.once('SIGINT', onInterrupt);
    process.on('SIGINT', ignore);
    process.on('SIGTERM', onTerminate);
    process.on('SIGHUP', onHangUp);
    const finish = (result) => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGINT', ignore);
      process.off('SIGTERM', onTerminate);
      process.off('SIGHUP', onHangUp);
      resolve(result);
    };
    child.once('error', () => child.pid === undefined && finish({ code: 127, missing: true }));
    child.once('close', (code, signal) =>
      finish({ code: code ?? 128 + (os.constants.signals[signal] ?? 0) }),
    );
  });
}

/** Without a listener of ours a second Ctrl-C would end the launcher before its child. */
function ignore() {}

async function main() {
  if (majorOf(process.version) < 20) fail(`Tain needs Node.js 20 or later; this is ${process.version}.`);
  await installDependencies();
  const given = process.argv.slice(2);
  const [script, args] =
    given[0] === '--run'
      ? [path.resolve(ROOT, given[1] ?? ''), given.slice(2)]
      : [path.join(ROOT, 'cli/main.ts'), given];
  const node = chooseNode();
  const bins = [...(node === PINNED_NODE ? [] : [path.dirname(node)]), path.join(MODULES, '.bin')];
  const child = spawn(node, [script, ...args], {
    stdio: 'inherit',
    env: {
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...process.env,
      PATH: [...bins, process.env.PATH].join(path.delimiter),
    },
  });
  process.exitCode = (await supervise(child)).code;
}

await main();
