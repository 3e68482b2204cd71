"""Runs preview 1 guests under wasmtime's Python package: see runtimes/host-contract/README.md.

One host for every pinned wheel. Where their interfaces differ it asks what is there, never for the version.
"""

import inspect
import json
import math
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

# A process may be started without stdin, and the first file it opens then takes its place. Most languages
# put /dev/null there before a program begins; Python does not, and the guest would read the host's files.
for descriptor in range(3):
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)

# This folder belongs to the checkout: no __pycache__ in it.
sys.dont_write_bytecode = True

import wasmtime  # noqa: E402
from wasmtime import _ffi as capi  # noqa: E402

import contract  # noqa: E402

NAME = "wasmtime-python"

# Every pinned wheel honours these. Fixed clocks and seeded random bytes are beyond wasmtime's C interface to this day.
ALWAYS = ["fuel", "wall-limit", "reactor", "duplicate-env", "duplicate-dir"]

# Stack for wasm frames. Go's own limit is far beyond wasmtime's default, and ordinary programs (a deep
# recursion, a large encoding/json value) need more than that.
WASM_STACK = 8 << 20

# Wasm frames are on the native stack of the thread, which must be larger.
THREAD_STACK = 64 << 20

# wasmtime's words for its traps. The wheels also have codes, but none for fuel until late, and the oldest none
# at all; the words have hardly changed.
TRAPS = [
    (r"wasm trap: (wasm `unreachable` instruction executed|unreachable)", "unreachable"),
    (r"wasm trap: out of bounds memory access", "out-of-bounds"),
    (r"wasm trap: call stack exhausted", "stack-overflow"),
    (r"(wasm trap: |^)all fuel consumed by WebAssembly", "out-of-fuel"),
    (r"wasm trap: interrupt", "timeout"),
    (r"memory minimum size of .* exceeds memory limits", "out-of-memory"),
]

HELP = f"""Runs a WASI preview 1 guest as a request asks and says how it ended.

usage: host.py REQUEST.json RESULT.json    run the guest with this process's stdio
       host.py --prepare MODULE CACHE      compile MODULE into the folder CACHE, unless it is there
       host.py --fields                    the optional request fields this host honours, as JSON
       host.py --version                   the version of the wheel that is imported

exit codes: 0 RESULT is written, whatever the guest did; 64 the request asks for what this host does not do;
2 bad request or command line; anything else: the host failed.
The request and the result are described in runtimes/host-contract/README.md."""


def version() -> str:
    """The imported wheel's version."""
    # importlib.metadata would say the same, of whatever wheel it finds first, and takes longer than all else here.
    stem, suffix = "wasmtime-", ".dist-info"
    wheels = [wheel.name for wheel in Path(wasmtime.__file__).parent.parent.glob(f"{stem}*{suffix}")]
    if len(wheels) != 1:
        raise contract.Failure(f"{wasmtime.__file__} is of {len(wheels)} wheels: {wheels}; install one into a folder")
    return wheels[0][len(stem):-len(suffix)]


def fields() -> List[str]:
    """The optional parts of a request that the imported wheel has words for."""
    words = {
        "dir-read-only": read_only_arguments() is not None,
        "memory-limit": hasattr(wasmtime.Store, "set_limits"),
    }
    return [field for field, known in words.items() if known] + ALWAYS


def read_only_arguments() -> Optional[Dict[str, Any]]:
    """What makes a preopened folder one that the guest may not change; None where the wheel has no words for it."""
    parameters = inspect.signature(wasmtime.WasiConfig.preopen_dir).parameters
    if "fs_mutable" in parameters:
        return {"fs_mutable": False}
    if "dir_perms" in parameters:
        return {"dir_perms": wasmtime.DirPerms.READ_ONLY, "file_perms": wasmtime.FilePerms.READ_ONLY}
    return None


def pointer(owner: Any) -> Any:
    """What the C interface knows an object by."""
    return owner.ptr() if hasattr(owner, "ptr") else owner._ptr


def engine(limits: contract.Limits) -> wasmtime.Engine:
    """An engine that can enforce the limits."""
    config = wasmtime.Config()
    # The wheels bind these two in C, but few of them in Python. Some refuse a wasm stack that is larger than
    # the one for async calls, which no Python program makes.
    capi.wasmtime_config_max_wasm_stack_set(pointer(config), WASM_STACK)
    if hasattr(capi, "wasmtime_config_async_stack_size_set"):
        capi.wasmtime_config_async_stack_size_set(pointer(config), 2 * WASM_STACK)
    config.consume_fuel = limits.fuel is not None
    if hasattr(wasmtime.Config, "epoch_interruption"):
        config.epoch_interruption = limits.wall_ms is not None
    else:
        config.interruptable = limits.wall_ms is not None
    return wasmtime.Engine(config)


def obtain(host: wasmtime.Engine, limits: contract.Limits, folder: Optional[str], wasm: bytes) -> Tuple[Any, str]:
    """The compiled module, and where its code came from."""
    def refusable(make: Any) -> Any:
        try:
            return make()
        except wasmtime.WasmtimeError as error:
            raise contract.Refused(str(error)) from error

    settings = f"stack={WASM_STACK} fuel={limits.fuel is not None} interruption={limits.wall_ms is not None}"
    return contract.obtain(
        folder,
        (NAME, version(), settings),
        wasm,
        load=lambda artifact: refusable(lambda: wasmtime.Module.deserialize(host, artifact)),
        # As `bytes`, what does not start like a module would be read as WebAssembly's text format.
        compile=lambda: refusable(lambda: wasmtime.Module(host, bytearray(wasm))),  # type: ignore[arg-type]
        save=lambda module: bytes(module.serialize()),
    )


def world(request: contract.Request) -> wasmtime.WasiConfig:
    """What the guest sees of the world."""
    texts = [*request.argv, *(text for pair in request.env for text in pair), *(dir.guest for dir in request.dirs)]
    if any("\0" in text for text in texts):
        raise contract.Unsupported("wasmtime's C interface takes strings that end at the first NUL")
    wasi = wasmtime.WasiConfig()
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    wasi.argv = request.argv
    wasi.env = request.env
    for dir in request.dirs:
        wasi.preopen_dir(dir.host, dir.guest, **((read_only_arguments() or {}) if dir.read_only else {}))
    return wasi


def missing_import(linker: wasmtime.Linker, store: wasmtime.Store, module: wasmtime.Module) -> Optional[Dict[str, Any]]:
    """The first import that wasmtime does not provide."""
    for wanted in module.imports:
        try:
            linker.get(store, wanted.module, wanted.name or "")
        except wasmtime.WasmtimeError:
            return {"missing-import": {"module": wanted.module, "name": wanted.name}}
    return None


def interrupt_after(millis: int, host: wasmtime.Engine, store: wasmtime.Store) -> threading.Timer:
    """Sets the store to be interrupted, once the timer has been started, after so much wall time."""
    if hasattr(store, "set_epoch_deadline"):
        store.set_epoch_deadline(1)
        interrupt = host.increment_epoch
    else:
        interrupt = store.interrupt_handle().interrupt
    timer = threading.Timer(millis / 1000, interrupt)
    timer.daemon = True
    return timer


class Unfit(Exception):
    """What the wheel says of a call that does not fit, or the host of a result that has no form in the contract."""


def call_exports(exports: Any, store: wasmtime.Store, calls: List[contract.Call], returns: List[Any]) -> None:
    """Sets a reactor up and makes the calls."""
    # A reactor with nothing to set up need not export it.
    initialize = exports.get("_initialize")
    if initialize is not None:
        initialize(store)
    for wanted in calls:
        returns.append(call_export(exports, store, wanted))


def call_export(exports: Any, store: wasmtime.Store, wanted: contract.Call) -> List[Any]:
    """Makes the call as it is, with the types of its arguments: whether it fits is for the wheel to say."""
    args = [getattr(wasmtime.Val, kind)(number) for kind, number in wanted.args]
    try:
        function = exports[wanted.name]
        returned = function(store, *args)
    except (KeyError, TypeError) as error:
        raise Unfit(f"{type(error).__name__}: {error}") from error
    results = [str(result) for result in function.type(store).results]
    values = returned if len(results) > 1 else [returned] * len(results)
    for result, value in zip(results, values):
        if result not in contract.NUMBERS or not math.isfinite(value):
            raise Unfit(f"{wanted.name!r} returned {value} ({result}), which the host contract has no form for")
    return [{result: value} for result, value in zip(results, values)]


def trap(words: str) -> str:
    """The contract's name for what stopped the guest."""
    return next((name for pattern, name in TRAPS if re.search(pattern, words)), "other")


def spoken(error: Exception) -> str:
    """What the engine said, the cause first: a backtrace may be longer than what a result keeps."""
    words = str(error)
    _, found, cause = words.rpartition("\nCaused by:\n")
    return f"{cause.strip()}\n{words}" if found else words


def live(host: wasmtime.Engine, module: wasmtime.Module, request: contract.Request, result: Dict[str, Any]) -> None:
    """Runs the module as the request asks and fills in the result."""
    started = time.monotonic_ns()
    linker = wasmtime.Linker(host)
    linker.define_wasi()
    store = wasmtime.Store(host)
    store.set_wasi(world(request))
    fuel, millis = request.limits.fuel, request.limits.wall_ms
    if fuel is not None:
        # Fuel could first be added to, and later be set.
        (store.set_fuel if hasattr(store, "set_fuel") else store.add_fuel)(fuel)
    if request.limits.memory_bytes is not None:
        store.set_limits(memory_size=request.limits.memory_bytes)
    timer = interrupt_after(millis, host, store) if millis is not None else None
    try:
        exports = linker.instantiate(store, module).exports(store)
    except (wasmtime.WasmtimeError, wasmtime.Trap) as error:
        contract.stop(result, missing_import(linker, store, module) or trap(str(error)), spoken(error))
        return
    result["instantiate-ns"] = time.monotonic_ns() - started

    if timer is not None:
        timer.start()
    started = time.monotonic_ns()
    try:
        if request.exports:
            call_exports(exports, store, request.exports, result["returns"])
        else:
            call_export(exports, store, contract.Call("_start", []))
        result["exit"], result["message"] = {"code": 0}, ""
    except wasmtime.ExitTrap as ended:
        result["exit"], result["message"] = {"code": ended.code}, ""
    except (wasmtime.WasmtimeError, wasmtime.Trap, Unfit) as error:
        contract.stop(result, trap(str(error)), spoken(error))
    result["run-ns"] = time.monotonic_ns() - started
    if timer is not None:
        timer.cancel()
    if fuel is not None:
        result["fuel-used"] = fuel - store.get_fuel() if hasattr(store, "get_fuel") else store.fuel_consumed()
    memory = exports.get("memory")
    if isinstance(memory, wasmtime.Memory):
        # Linear memory never shrinks: its size at the end is its peak.
        result["peak-memory-bytes"] = memory.data_len(store)


def run(request_path: str, result_path: str) -> None:
    """Runs the request and writes the result."""
    request = contract.parse(request_path)
    contract.check(request, fields())
    wasm = contract.read(request.module)
    result = contract.unfinished(version())
    host = engine(request.limits)
    started = time.monotonic_ns()
    try:
        module, result["code"] = obtain(host, request.limits, request.cache, wasm)
    except contract.Refused as refusal:
        contract.stop(result, "invalid-module", str(refusal))
        module = None
    result["compile-ns"] = time.monotonic_ns() - started
    if module is not None:
        live(host, module, request, result)
    try:
        contract.write(Path(result_path), (json.dumps(result, indent=2) + "\n").encode())
    except OSError as error:
        raise contract.Failure(f"cannot write {result_path}: {error}") from error


def prepare(module_path: str, folder: str) -> None:
    """Compiles a module ahead."""
    wasm = contract.read(module_path)
    limits = contract.Limits(None, None, None)
    started = time.monotonic_ns()
    _, code = obtain(engine(limits), limits, folder, wasm)
    print(json.dumps({"code": code, "compile-ns": time.monotonic_ns() - started}))


def answer(words: List[str]) -> None:
    """Answers the command line."""
    if words in (["--help"], ["-h"]):
        print(HELP)
    elif words == ["--version"]:
        print(NAME, version())
    elif words == ["--fields"]:
        print(json.dumps(fields()))
    elif len(words) == 3 and words[0] == "--prepare":
        prepare(*words[1:])
    elif len(words) == 2 and not words[0].startswith("--"):
        run(*words)
    else:
        raise contract.Usage(f"bad command line\n{HELP}")


def main() -> int:
    """Answers on a thread that has the stack a guest needs, and gives the exit code."""
    failures: List[Exception] = []

    def work() -> None:
        try:
            answer(sys.argv[1:])
        except Exception as error:
            failures.append(error)

    threading.stack_size(THREAD_STACK)
    thread = threading.Thread(target=work, name="guest")
    thread.start()
    thread.join()
    for failure in failures:
        words = str(failure) if isinstance(failure, (contract.Failure, contract.Refused)) else repr(failure)
        print(f"{NAME}: {words}", file=sys.stderr)
        return getattr(failure, "code", 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
