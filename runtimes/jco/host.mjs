// Runs preview 1 guests as WASI 0.2 components under jco: see runtimes/host-contract/README.md. jco wraps the
// guest with its own preview 1 adapter and transpiles it; the result runs in this Node.js process on jco's
// preview2-shim, set up as `jco run` does it. Call it as `node --no-warnings host.mjs …` with the node that is
// installed beside jco: jco is found from there.

import { createRequire, findPackageJSON } from 'node:module';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';

import { asObject, nanoseconds, read, serve, trapOf, whenProcessExits, wordsOf } from '../node/contract.mjs';
import { entryName, obtain } from './cache.mjs';

const JCO = '@bytecodealliance/jco';
const SHIM = '@bytecodealliance/preview2-shim';
const NAMESPACE = 'wasi_snapshot_preview1';
const PAGE = 65536n;
const NAME = 'guest';

const beside = createRequire(process.execPath);
const load = (specifier) => import(pathToFileURL(beside.resolve(specifier)));
const manifest = findPackageJSON(JCO, process.execPath);
const versionIn = (path) => JSON.parse(read(path, 'utf8')).version;
const ENGINE = versionIn(manifest);
const adapter = () => read(manifest.replace(/package\.json$/, 'lib/wasi_snapshot_preview1.command.wasm'));

/** jco makes no component of the guest. */
class Refused extends Error {}

async function transpile(binary) {
  const jco = await load(JCO);
  const options = { name: NAME, instantiation: 'sync', emitTypescriptDeclarations: false };
  try {
    const component = await jco.componentNew(binary, [[NAMESPACE, adapter()]]);
    const { files } = await jco.transpile(component, options);
    return files;
  } catch (error) {
    throw new Refused(wordsOf(error));
  }
}

// What jco makes of the guest: files by their names, from the cache if there is one. The whole of this script
// is in the key: the options above decide what is made.
async function transpiled(binary, cache) {
  if (cache === undefined) return { value: await transpile(binary), code: 'compiled' };
  const transpiler = versionIn(findPackageJSON(`${JCO}-transpile`, manifest));
  const parts = [ENGINE, transpiler, adapter(), read(import.meta.filename), binary];
  return obtain(cache, entryName(`jco-${ENGINE}`, parts), () => transpile(binary));
}

// What a refused guest imports and neither the adapter nor anything else defines.
function missingImport(binary) {
  try {
    const defined = new Set(WebAssembly.Module.exports(new WebAssembly.Module(adapter())).map(({ name }) => name));
    const gone = WebAssembly.Module.imports(new WebAssembly.Module(binary))
      .find(({ module, name }) => module !== NAMESPACE || !defined.has(name));
    return gone && { module: gone.module, name: gone.name };
  } catch {
    return undefined;
  }
}

// The shim's own settings, those that `jco run --sandbox` makes; by default it would give the guest all of the host.
async function configure(request) {
  const { cli, filesystem } = await load(SHIM);
  cli._setEnv(asObject(request.env));
  cli._setArgs(request.argv);
  cli._setCwd(undefined);
  filesystem._setPreopens({});
  for (const dir of request.dirs) filesystem._addPreopen(dir.guest, dir.host);
  const { WASIShim } = await load(`${SHIM}/instantiation`);
  return new WASIShim().getImportObject();
}

const importText = (bytes) => import(`data:text/javascript;base64,${Buffer.from(bytes).toString('base64')}`);

async function run(request, report, end) {
  const binary = read(request.module);
  const imports = await configure(request);
  let started = process.hrtime.bigint();
  let files;
  try {
    ({ value: files, code: report.code } = await transpiled(binary, request.cache));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const missing = missingImport(binary);
    return end({ trap: missing ? { 'missing-import': missing } : 'invalid-module', words: error.message });
  }
  if (request.limits['memory-bytes'] != null) {
    setFlagsFromString(`--wasm-max-mem-pages=${BigInt(request.limits['memory-bytes']) / PAGE}`);
  }
  const { instantiate } = await importText(files[`${NAME}.js`]);
  const compiled = (name) => new WebAssembly.Module(files[name]);
  let guest;
  let memory;
  try {
    guest = compiled(`${NAME}.core.wasm`);
  } catch (error) {
    return end({ trap: 'invalid-module', words: wordsOf(error) });
  } finally {
    report['compile-ns'] = nanoseconds(started);
  }
  started = process.hrtime.bigint();
  let component;
  try {
    component = instantiate(
      (name) => (name === `${NAME}.core.wasm` ? guest : compiled(name)),
      imports,
      (module, given) => {
        const instance = new WebAssembly.Instance(module, given);
        if (module === guest) memory = instance.exports.memory;
        return instance;
      },
    );
  } catch (error) {
    return end({ trap: trapOf(error), words: wordsOf(error) });
  }
  report['instantiate-ns'] = nanoseconds(started);

  started = process.hrtime.bigint();
  const ended = (ending) => {
    report['run-ns'] = nanoseconds(started);
    // Linear memory never shrinks: its size at the end is its peak.
    report['peak-memory-bytes'] = memory?.buffer.byteLength ?? null;
    end(ending);
  };
  // The shim's wasi:cli/exit ends the process, with what stdout has not yet taken.
  whenProcessExits((code) => ended({ code }));
  let ending = { code: 0 };
  try {
    component.run.run();
  } catch (error) {
    ending = { trap: trapOf(error), words: wordsOf(error) };
  }
  ended(ending);
}

async function prepare(modulePath, cache) {
  const binary = read(modulePath);
  const started = process.hrtime.bigint();
  const { code } = await transpiled(binary, cache);
  return { code, 'compile-ns': nanoseconds(started) };
}

await serve({
  name: 'jco',
  engine: ENGINE,
  fields: ['memory-limit', 'duplicate-dir'],
  caching: 'transpile MODULE into the folder CACHE, unless that has been done',
  prepare,
  run,
});
