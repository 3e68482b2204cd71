// Runs preview 1 guests under the `node:wasi` of Node.js, Deno or Bun: see runtimes/host-contract/README.md.
// Call it as `node --no-warnings host.mjs …`: node:wasi announces itself as experimental on stderr.

import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

import { asObject, nanoseconds, read, serve, trapOf, whenProcessExits, wordsOf } from './contract.mjs';
import { resultTypes } from './signatures.mjs';

const NAMESPACE = 'wasi_snapshot_preview1';
const PAGE = 65536n;
const NAME = ['bun', 'deno'].find((name) => process.versions[name]) ?? 'node';
// Deno and Bun take the flag that limits memory and do not heed it. Bun's WASI has no initialize().
const FIELDS = { node: ['memory-limit', 'reactor'], deno: ['reactor'], bun: [] };

// A WASI object that is collected while its guest runs takes the guest's memory view with it and crashes
// V8, so it lives as long as this module.
let wasi;

function toEngine(value) {
  const [[kind, number]] = Object.entries(value);
  return kind === 'i64' ? BigInt(number) : number;
}

// The call as it is: what JavaScript makes of a name, a number of arguments or a type that does not fit is a result.
function callExport(instance, binary, { name, args = [] }) {
  const returned = instance.exports[name](...args.map(toEngine));
  const kinds = resultTypes(binary, name);
  const stranger = kinds.find((kind) => !['i32', 'i64', 'f64'].includes(kind));
  if (stranger) throw new Error(`"${name}" returns ${stranger}, which the host contract has no form for`);
  const values = kinds.length > 1 ? [...returned] : kinds.length === 1 ? [returned] : [];
  return values.map((value, index) => ({ [kinds[index]]: value }));
}

// The code that an engine ended the guest with, if that is what was thrown. start() catches it; outside of
// start() the engine's own form of it shows: in Node.js a symbol, in Deno an object.
function exitOf(thrown) {
  if (typeof thrown === 'symbol') return wasi[thrown];
  return thrown?.constructor?.name === 'WASIProcExit' ? thrown.code : undefined;
}

// The import for which an engine has refused to instantiate a module; the engines say in words of their own which.
function missingImport(module, error) {
  if (!(error instanceof WebAssembly.LinkError || error instanceof TypeError)) return undefined;
  const gone = WebAssembly.Module.imports(module)
    .find(({ module: from, name }) => from !== NAMESPACE || !(name in wasi.wasiImport));
  return gone && { 'missing-import': { module: gone.module, name: gone.name } };
}

function compile(binary, report) {
  const started = process.hrtime.bigint();
  try {
    return new WebAssembly.Module(binary);
  } finally {
    report['compile-ns'] = nanoseconds(started);
  }
}

function call(request, instance, binary, report) {
  // Only Bun's start() returns nothing.
  if (request.exports.length === 0) return { code: wasi.start(instance) ?? 0 };
  try {
    wasi.initialize(instance);
    for (const wanted of request.exports) report.returns.push(callExport(instance, binary, wanted));
    return { code: 0 };
  } catch (error) {
    const code = exitOf(error);
    if (typeof code === 'number') return { code };
    throw error;
  }
}

function run(request, report, end) {
  const binary = read(request.module);
  if (request.limits['memory-bytes'] != null) {
    setFlagsFromString(`--wasm-max-mem-pages=${BigInt(request.limits['memory-bytes']) / PAGE}`);
  }
  wasi = new WASI({
    version: 'preview1',
    args: request.argv,
    env: asObject(request.env),
    preopens: asObject(request.dirs.map((dir) => [dir.guest, dir.host])),
    returnOnExit: true,
  });
  let module;
  try {
    module = compile(binary, report);
  } catch (error) {
    const trap = trapOf(error) === 'out-of-memory' ? 'out-of-memory' : 'invalid-module';
    return end({ trap, words: wordsOf(error) });
  }
  let started = process.hrtime.bigint();
  let instance;
  try {
    instance = new WebAssembly.Instance(module, { [NAMESPACE]: wasi.wasiImport });
  } catch (error) {
    return end({ trap: missingImport(module, error) ?? trapOf(error), words: wordsOf(error) });
  }
  report['instantiate-ns'] = nanoseconds(started);

  started = process.hrtime.bigint();
  const ended = (ending) => {
    report['run-ns'] = nanoseconds(started);
    // Linear memory never shrinks: its size at the end is its peak.
    report['peak-memory-bytes'] = instance.exports.memory?.buffer.byteLength ?? null;
    end(ending);
  };
  // Bun does not know `returnOnExit`.
  if (NAME === 'bun') whenProcessExits((code) => ended({ code }));
  let ending;
  try {
    ending = call(request, instance, binary, report);
  } catch (error) {
    ending = { trap: trapOf(error), words: wordsOf(error) };
  }
  ended(ending);
}

function prepare(modulePath) {
  const report = { code: 'not-kept' };
  compile(read(modulePath), report);
  return report;
}

await serve({
  name: NAME,
  engine: process.versions[NAME],
  fields: FIELDS[NAME],
  caching: `compile MODULE; ${NAME} keeps no code where a host can reach it`,
  prepare,
  run,
});
