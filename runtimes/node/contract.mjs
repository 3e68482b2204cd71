// What every JavaScript host of runtimes/host-contract/README.md shares: command line, request and result.

import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

const CONTRACT = 1;

class Refusal extends Error {
  constructor(code, words) {
    super(words);
    this.code = code;
  }
}

const usage = (words) => new Refusal(2, words);
const unsupported = (words) => new Refusal(64, words);

/** The bytes of the file at `path`, or its text in `encoding`; a file that cannot be read is a bad request. */
export function read(path, encoding) {
  try {
    return readFileSync(path, encoding);
  } catch (error) {
    throw usage(`cannot read ${path}: ${error.message}`);
  }
}

// JSON.parse makes every number a double: 64-bit integers travel as strings. A key's closing quote has no
// backslash before it, so neither pattern can match inside a string.
const parse = (text) => JSON.parse(text.replace(/"(i64|memory-bytes)"(\s*):(\s*)(-?\d+)/g, '"$1":"$4"'));
const print = (value) =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner), 2)
    .replace(/"i64": "(-?\d+)"/g, '"i64": $1');

function readRequest(path) {
  let request;
  try {
    request = parse(read(path, 'utf8'));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw usage(`the request ${path} is not JSON: ${error.message}`);
  }
  if (request?.contract !== CONTRACT) {
    const words = `${path} speaks contract ${request?.contract}, this host ${CONTRACT}`;
    throw typeof request?.contract === 'number' ? unsupported(words) : usage(words);
  }
  const known = ['contract', 'module', 'argv', 'env', 'dirs', 'limits', 'clock', 'random', 'exports', 'cache'];
  const stranger = Object.keys(request).find((key) => !known.includes(key));
  if (stranger) throw usage(`the request ${path} has the unknown field ${stranger}`);
  const missing = ['module', 'argv', 'env', 'dirs'].find((key) => request[key] === undefined);
  if (missing) throw usage(`the request ${path} lacks ${missing}`);
  return { limits: {}, clock: 'real', random: 'real', exports: [], ...request };
}

const repeats = (names) => new Set(names).size < names.length;

function check(request, fields) {
  const asked = {
    'dir-read-only': request.dirs.some((dir) => dir['read-only']),
    fuel: request.limits.fuel != null,
    'memory-limit': request.limits['memory-bytes'] != null,
    'wall-limit': request.limits['wall-ms'] != null,
    'fixed-clock': request.clock !== 'real',
    'seeded-random': request.random !== 'real',
    reactor: request.exports.length > 0,
    'duplicate-env': repeats(request.env.map(([name]) => name)),
    'duplicate-dir': repeats(request.dirs.map((dir) => dir.guest)),
  };
  const beyond = Object.keys(asked).filter((field) => asked[field] && !fields.includes(field));
  if (beyond.length > 0) throw unsupported(`the request asks for ${beyond.join(', ')}; see --fields`);
  for (const dir of request.dirs) {
    if (!statSync(dir.host, { throwIfNoEntry: false })?.isDirectory()) {
      throw usage(`the request maps ${dir.guest} to ${dir.host}, which is no folder: create it first`);
    }
  }
}

/**
 * The pairs as the object that a JavaScript interface wants. An object puts names that look like array indices
 * first: an order it cannot hold is refused, not altered.
 */
export function asObject(pairs) {
  const object = Object.fromEntries(pairs);
  const names = pairs.map(([name]) => name);
  if (Object.keys(object).some((name, index) => name !== names[index])) {
    throw unsupported(`the order of these names is lost in a JavaScript object: ${names.join(', ')}`);
  }
  return object;
}

/** The contract's word for what V8, JavaScriptCore or the code that jco makes has thrown. */
export function trapOf(error) {
  const words = String(error?.message ?? error).replace(/^wasm trap: /, '');
  const known = [
    [/^unreachable$|^Unreachable code should not be executed|^wasm `unreachable` instruction/, 'unreachable'],
    [/^memory access out of bounds|^out of bounds memory access/i, 'out-of-bounds'],
    [/Maximum call stack size exceeded|^call stack exhausted/, 'stack-overflow'],
    [/could not allocate memory|Out of memory|exceeds? .*(memory|maximum)|larger than maximum/i, 'out-of-memory'],
  ];
  return known.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';
}

export const wordsOf = (error) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** Nanoseconds since `since`, a reading of `process.hrtime.bigint()`. */
export const nanoseconds = (since) => Number(process.hrtime.bigint() - since);

/**
 * For an engine that passes a guest's exit code to process.exit: calls `ended` with all of it (the status of a
 * process holds its low byte) and then lets the process end there, as the engine wants, with this host's own 0.
 */
export function whenProcessExits(ended) {
  const exit = process.exit;
  process.exit = (code) => {
    ended(code ?? 0);
    exit.call(process, 0);
  };
  syncBuiltinESMExports();
}

/**
 * Answers the command line for a host: `name` and `engine` (its version), `fields`, the `caching` its help tells
 * of, `prepare(module, cache)` and `run(request, report, end)`. Either may return a promise. `run` fills in the
 * report and calls `end` once, with `{ code }`, or with `{ trap, words }`.
 */
export async function serve(host) {
  try {
    await answer(host, process.argv.slice(2));
  } catch (error) {
    console.error(`${host.name} host: ${error.message}`);
    process.exitCode = error instanceof Refusal ? error.code : 1;
  }
}

async function answer(host, args) {
  const [first, second, third] = args;
  if (args.length === 1 && (first === '--help' || first === '-h')) return console.log(help(host));
  if (args.length === 1 && first === '--version') return console.log(`${host.name} ${host.engine}`);
  if (args.length === 1 && first === '--fields') return console.log(JSON.stringify(host.fields));
  if (args.length === 3 && first === '--prepare') return console.log(JSON.stringify(await host.prepare(second, third)));
  if (args.length === 2 && !first.startsWith('--')) return run(host, first, second);
  throw usage(`bad command line\n${help(host)}`);
}

function run(host, requestPath, resultPath) {
  const request = readRequest(requestPath);
  check(request, host.fields);
  const report = {
    contract: CONTRACT,
    engine: host.engine,
    exit: null,
    returns: [],
    code: 'not-kept',
    'compile-ns': 0,
    'instantiate-ns': 0,
    'run-ns': 0,
    'fuel-used': null,
    'peak-memory-bytes': null,
    message: '',
  };
  return host.run(request, report, ({ code, trap, words = '' }) => {
    report.exit = trap === undefined ? { code: code | 0 } : { trap };
    report.message = words;
    const unfinished = join(dirname(resultPath), `.${basename(resultPath)}.${process.pid}`);
    writeFileSync(unfinished, `${print(report)}\n`);
    renameSync(unfinished, resultPath);
  });
}

const help = ({ caching }) => `Runs a WASI preview 1 guest as a request asks and says how it ended.

usage: host.mjs REQUEST.json RESULT.json    run the guest with this process's stdio
       host.mjs --prepare MODULE CACHE      ${caching}
       host.mjs --fields                    the optional request fields this host honours, as JSON
       host.mjs --version                   the engine's name and version

exit codes: 0 RESULT is written, whatever the guest did; 64 the request asks for what this host does not do;
2 bad request or command line; anything else: the host failed.`;
