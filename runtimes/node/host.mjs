// Runs preview 1 guests under the `node:wasi` of Node.js, Deno or Bun: see runtimes/host-contract/README.md.
// Call it as `node --no-warnings host.mjs …`: node:wasi announces itself as experimental on stderr.

import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

import { signature } from './signatures.mjs';

const CONTRACT = 1;
const NAMESPACE = 'wasi_snapshot_preview1';
const PAGE = 65536n;
const NAME = ['bun', 'deno'].find((name) => process.versions[name]) ?? 'node';
const ENGINE = process.versions[NAME];
// Deno and Bun take the flag that limits memory and do not heed it. Bun's WASI has no initialize().
const FIELDS = { node: ['memory-limit', 'reactor'], deno: ['reactor'], bun: [] }[NAME];

const HELP = `Runs a WASI preview 1 guest as a request asks and says how it ended.

usage: host.mjs REQUEST.json RESULT.json    run the guest with this process's stdio
       host.mjs --prepare MODULE CACHE      compile MODULE; ${NAME} keeps no code where a host can reach it
       host.mjs --fields                    the optional request fields this host honours, as JSON
       host.mjs --version                   the engine's name and version

exit codes: 0 RESULT is written, whatever the guest did; 64 the request asks for what this host does not do;
2 bad request or command line; anything else: the host failed.`;

// A WASI object that is collected while its guest runs takes the guest's memory view with it and crashes
// V8, so it lives as long as this module.
let wasi;

class Refusal extends Error {
  constructor(code, words) {
    super(words);
    this.code = code;
  }
}

/** What process.exit was called with, where an engine calls it instead of returning from start(). */
class Exit {
  constructor(code) {
    this.code = code;
  }
}

const usage = (words) => new Refusal(2, words);
const unsupported = (words) => new Refusal(64, words);

function read(path, encoding) {
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

function check(request) {
  const asked = {
    'dir-read-only': request.dirs.some((dir) => dir['read-only']),
    fuel: request.limits.fuel != null,
    'memory-limit': request.limits['memory-bytes'] != null,
    'wall-limit': request.limits['wall-ms'] != null,
    'fixed-clock': request.clock !== 'real',
    'seeded-random': request.random !== 'real',
    reactor: request.exports.length > 0,
  };
  const beyond = Object.keys(asked).filter((field) => asked[field] && !FIELDS.includes(field));
  if (beyond.length > 0) throw unsupported(`the request asks for ${beyond.join(', ')}; see --fields`);
  for (const dir of request.dirs) {
    if (!statSync(dir.host, { throwIfNoEntry: false })?.isDirectory()) {
      throw usage(`the request maps ${dir.guest} to ${dir.host}, which is no folder: create it first`);
    }
  }
}

// node:wasi takes objects for env and preopens. An object holds a name once, and puts names that look like
// array indices first: what it cannot say is refused, not altered.
function asObject(field, pairs) {
  const object = Object.fromEntries(pairs);
  const names = pairs.map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw unsupported(`${field}: the name ${repeated} is there twice`);
  if (Object.keys(object).some((name, index) => name !== names[index])) {
    throw unsupported(`the order of these names is lost in a JavaScript object: ${names.join(', ')}`);
  }
  return object;
}

function trapOf(error) {
  const words = String(error?.message ?? error);
  const known = [
    [/^unreachable$|^Unreachable code should not be executed/, 'unreachable'],
    [/memory access out of bounds|^Out of bounds memory access/, 'out-of-bounds'],
    [/Maximum call stack size exceeded/, 'stack-overflow'],
    [/could not allocate memory|Out of memory|exceeds? .*(memory|maximum)|larger than maximum/i, 'out-of-memory'],
  ];
  return known.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';
}

const nanoseconds = (since) => Number(process.hrtime.bigint() - since);
const wordsOf = (error) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

function toEngine(value) {
  const [[kind, number]] = Object.entries(value);
  return kind === 'i64' ? BigInt(number) : number;
}

// JavaScript would fill missing arguments with zeros, and its numbers do not tell an i32 from an f64.
function callExport(instance, binary, { name, args = [] }) {
  const { params, results } = signature(binary, name);
  const kinds = args.map((value) => Object.keys(value)[0]);
  if (kinds.join() !== params.join()) {
    throw new Error(`"${name}" takes (${params.join(', ')}), the request gives (${kinds.join(', ')})`);
  }
  const stranger = results.find((kind) => !['i32', 'i64', 'f64'].includes(kind));
  if (stranger) throw new Error(`"${name}" returns ${stranger}, which the host contract has no form for`);
  const returned = instance.exports[name](...args.map(toEngine));
  const values = results.length > 1 ? [...returned] : results.length === 1 ? [returned] : [];
  return values.map((value, index) => ({ [results[index]]: value }));
}

// The code that an engine ended the guest with, if that is what was thrown.
function exitOf(thrown) {
  if (thrown instanceof Exit) return thrown.code;
  // Outside of start() the engine's own way of ending a guest shows: in Node.js a symbol, in Deno an object.
  if (typeof thrown === 'symbol') return wasi[thrown];
  return thrown?.constructor?.name === 'WASIProcExit' ? thrown.code : undefined;
}

function missingImport(module) {
  const gone = WebAssembly.Module.imports(module)
    .find(({ module: from, name }) => from !== NAMESPACE || !(name in wasi.wasiImport));
  return gone && { module: gone.module, name: gone.name };
}

// Runs the guest and fills in the report; throws what the guest's end threw.
function live(request, binary, report) {
  if (request.limits['memory-bytes'] != null) {
    setFlagsFromString(`--wasm-max-mem-pages=${BigInt(request.limits['memory-bytes']) / PAGE}`);
  }
  wasi = new WASI({
    version: 'preview1',
    args: request.argv,
    env: asObject('env', request.env),
    preopens: asObject('dirs', request.dirs.map((dir) => [dir.guest, dir.host])),
    returnOnExit: true,
  });
  let started = process.hrtime.bigint();
  let module;
  try {
    module = new WebAssembly.Module(binary);
  } catch (error) {
    const trap = trapOf(error) === 'out-of-memory' ? 'out-of-memory' : 'invalid-module';
    return { trap, words: wordsOf(error) };
  } finally {
    report['compile-ns'] = nanoseconds(started);
  }
  const missing = missingImport(module);
  if (missing) {
    const words = `the module imports ${missing.module}.${missing.name}, which node:wasi does not define`;
    return { trap: { 'missing-import': missing }, words };
  }

  started = process.hrtime.bigint();
  let instance;
  try {
    instance = new WebAssembly.Instance(module, { [NAMESPACE]: wasi.wasiImport });
  } catch (error) {
    return { trap: trapOf(error), words: wordsOf(error) };
  }
  report['instantiate-ns'] = nanoseconds(started);
  // Bun does not know `returnOnExit`.
  if (NAME === 'bun') {
    process.exit = (code) => {
      throw new Exit(code);
    };
  }
  started = process.hrtime.bigint();
  try {
    if (request.exports.length === 0) return { code: wasi.start(instance) ?? 0 };
    wasi.initialize(instance);
    for (const call of request.exports) report.returns.push(callExport(instance, binary, call));
    return { code: 0 };
  } catch (error) {
    const code = exitOf(error);
    return typeof code === 'number' ? { code } : { trap: trapOf(error), words: wordsOf(error) };
  } finally {
    report['run-ns'] = nanoseconds(started);
    // Linear memory never shrinks: its size at the end is its peak.
    report['peak-memory-bytes'] = instance.exports.memory?.buffer.byteLength ?? null;
  }
}

function run(requestPath, resultPath) {
  const request = readRequest(requestPath);
  check(request);
  const binary = read(request.module);
  const report = {
    contract: CONTRACT,
    engine: ENGINE,
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
  const { code, trap, words = '' } = live(request, binary, report);
  report.exit = trap === undefined ? { code: code | 0 } : { trap };
  report.message = words;
  const unfinished = join(dirname(resultPath), `.${basename(resultPath)}.${process.pid}`);
  writeFileSync(unfinished, `${print(report)}\n`);
  renameSync(unfinished, resultPath);
}

function prepare(modulePath) {
  const binary = read(modulePath);
  const started = process.hrtime.bigint();
  new WebAssembly.Module(binary);
  console.log(JSON.stringify({ code: 'not-kept', 'compile-ns': nanoseconds(started) }));
}

function answer(args) {
  const [first, second] = args;
  if (args.length === 1 && (first === '--help' || first === '-h')) return console.log(HELP);
  if (args.length === 1 && first === '--version') return console.log(`${NAME} ${ENGINE}`);
  if (args.length === 1 && first === '--fields') return console.log(JSON.stringify(FIELDS));
  if (args.length === 3 && first === '--prepare') return prepare(second);
  if (args.length === 2 && !first.startsWith('--')) return run(first, second);
  throw usage(`bad command line\n${HELP}`);
}

try {
  answer(process.argv.slice(2));
} catch (error) {
  console.error(`${NAME} host: ${error.message}`);
  process.exitCode = error instanceof Refusal ? error.code : 1;
}
