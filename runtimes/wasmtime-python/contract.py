"""The host contract in Python: the request, the result, the kept code. Knows nothing of any engine.

The contract itself stands in runtimes/host-contract/README.md.
"""

import fcntl
import hashlib
import json
import os
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

NUMBER = 1
"""The contract's version."""

MESSAGE_LIMIT = 4096
"""Bytes of an engine's words that a result keeps."""

NUMBERS = {"i32": int, "i64": int, "f64": float}
"""The WebAssembly types a request can name, and what JSON makes of them."""


class Failure(Exception):
    """Why there is no result; `code` is the host's exit code."""

    code = 1


class Usage(Failure):
    """The command line or the request is wrong."""

    code = 2


class Unsupported(Failure):
    """The request asks for what the host does not do."""

    code = 64


class Refused(Exception):
    """The engine refuses the module."""


@dataclass(frozen=True)
class Dir:
    """One preopen."""

    host: str
    guest: str
    read_only: bool


@dataclass(frozen=True)
class Limits:
    """What the engine must stop the guest at; None is no limit."""

    fuel: Optional[int]
    memory_bytes: Optional[int]
    wall_ms: Optional[int]


@dataclass(frozen=True)
class Call:
    """One exported function to call, and its arguments as pairs of type and number."""

    name: str
    args: List[Tuple[str, Any]]


@dataclass(frozen=True)
class Request:
    """One guest to run, with everything it may see."""

    module: str
    argv: List[str]
    env: List[Tuple[str, str]]
    dirs: List[Dir]
    limits: Limits
    fixed_clock: bool
    seeded_random: bool
    exports: List[Call]
    cache: Optional[str]

    def fields(self) -> List[str]:
        """The optional fields this request makes use of."""
        asked = {
            "dir-read-only": any(dir.read_only for dir in self.dirs),
            "fuel": self.limits.fuel is not None,
            "memory-limit": self.limits.memory_bytes is not None,
            "wall-limit": self.limits.wall_ms is not None,
            "fixed-clock": self.fixed_clock,
            "seeded-random": self.seeded_random,
            "reactor": bool(self.exports),
            "duplicate-env": repeats([name for name, _ in self.env]),
            "duplicate-dir": repeats([dir.guest for dir in self.dirs]),
        }
        return [field for field, used in asked.items() if used]


def repeats(names: List[str]) -> bool:
    """Whether a name is there more than once."""
    return len(set(names)) < len(names)


class Reader:
    """Takes a JSON document apart, and says where it is not what the contract wants."""

    def __init__(self, document: Any, where: str):
        self.document = document
        self.where = where

    def wrong(self, words: str) -> Usage:
        return Usage(f"{self.where}: {words}")

    def of(self, *kinds: type) -> Any:
        # A JSON true is no number, although Python's bool is an int.
        if not isinstance(self.document, kinds) or (isinstance(self.document, bool) and bool not in kinds):
            wanted = " or ".join(kind.__name__ for kind in kinds)
            raise self.wrong(f"{json.dumps(self.document)[:80]} is no {wanted}")
        return self.document

    def text(self) -> str:
        text = self.of(str)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise self.wrong(f"no Unicode text: {error}") from error
        return text

    def count(self) -> int:
        count = self.of(int)
        if not 0 <= count < 2**64:
            raise self.wrong(f"{count} does not fit 64 bits")
        return count

    def each(self) -> List["Reader"]:
        return [Reader(item, f"{self.where}[{index}]") for index, item in enumerate(self.of(list))]

    def pair(self) -> Tuple["Reader", "Reader"]:
        items = self.each()
        if len(items) != 2:
            raise self.wrong("not a pair")
        return items[0], items[1]

    def keys(self, *known: str, optional: Tuple[str, ...] = ()) -> Dict[str, "Reader"]:
        document = self.of(dict)
        for key in document:
            if key not in known + optional:
                raise self.wrong(f"unknown field {key!r}")
        for key in known:
            if key not in document:
                raise self.wrong(f"{key!r} is missing")
        return {key: Reader(value, f"{self.where}.{key}") for key, value in document.items() if value is not None}

    def number(self) -> Tuple[str, Any]:
        entries = self.keys(optional=tuple(NUMBERS))
        if len(entries) != 1:
            raise self.wrong("one number and its type belong here")
        (kind, value), = entries.items()
        if kind == "f64":
            return kind, float(value.of(int, float))
        number, bits = value.of(int), int(kind[1:])
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise self.wrong(f"{number} does not fit {kind}")
        return kind, number


def read(path: str) -> bytes:
    """A file's bytes."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Usage(f"cannot read {path}: {error.strerror}") from error


def parse(path: str) -> Request:
    """The request in a file."""
    try:
        document = json.loads(read(path))
    except ValueError as error:
        raise Usage(f"the request {path} is not JSON: {error}") from error
    request = Reader(document, f"the request {path}")
    # The number first: a later contract may have fields that this one would call mistakes.
    number = request.of(dict).get("contract")
    if not isinstance(number, int) or isinstance(number, bool):
        raise request.wrong("'contract' is missing or not a number")
    if number != NUMBER:
        raise Unsupported(f"{path} speaks contract {number}, this host {NUMBER}")
    parts = request.keys("contract", "module", "argv", "env", "dirs",
                         optional=("limits", "clock", "random", "exports", "cache"))
    for key in ("module", "argv", "env", "dirs"):
        if key not in parts:
            raise request.wrong(f"{key!r} is null")
    return Request(
        module=parts["module"].text(),
        argv=[word.text() for word in parts["argv"].each()],
        env=[(name.text(), value.text()) for name, value in (entry.pair() for entry in parts["env"].each())],
        dirs=[directory(dir) for dir in parts["dirs"].each()],
        limits=limits(parts.get("limits", Reader({}, ""))),
        fixed_clock=chosen(parts.get("clock"), "fixed", fixed),
        seeded_random=chosen(parts.get("random"), "seed", Reader.count),
        exports=[call(entry) for entry in parts["exports"].each()] if "exports" in parts else [],
        cache=parts["cache"].text() if "cache" in parts else None,
    )


def directory(reader: Reader) -> Dir:
    keys = reader.keys("host", "guest", optional=("read-only",))
    for key in ("host", "guest"):
        if key not in keys:
            raise reader.wrong(f"{key!r} is null")
    return Dir(keys["host"].text(), keys["guest"].text(), "read-only" in keys and keys["read-only"].of(bool))


def limits(reader: Reader) -> Limits:
    names = ("fuel", "memory-bytes", "wall-ms")
    keys = reader.keys(optional=names)
    return Limits(*(keys[name].count() if name in keys else None for name in names))


def fixed(reader: Reader) -> None:
    for value in reader.keys("start-ns", "step-ns").values():
        value.count()


def chosen(reader: Optional[Reader], name: str, check: Callable[[Reader], Any]) -> bool:
    """Whether a source is the named one, and not the real one."""
    if reader is None or reader.document == "real":
        return False
    check(reader.keys(name)[name])
    return True


def call(reader: Reader) -> Call:
    keys = reader.keys("name", optional=("args",))
    return Call(keys["name"].text(), [arg.number() for arg in keys["args"].each()] if "args" in keys else [])


def check(request: Request, honoured: List[str]) -> None:
    """Turns away what the host does not honour, and folders that are none."""
    beyond = [f"`{field}`" for field in request.fields() if field not in honoured]
    if beyond:
        raise Unsupported(f"the request asks for {', '.join(beyond)}, which this host does not do; see --fields")
    for dir in request.dirs:
        if not os.path.isdir(dir.host):
            raise Usage(f"the request maps {dir.guest!r} to {dir.host}, which is no folder: create it first")


def unfinished(engine: str) -> Dict[str, Any]:
    """A result to fill in."""
    return {
        "contract": NUMBER,
        "engine": engine,
        "exit": {"trap": "other"},
        "returns": [],
        "code": "compiled",
        "compile-ns": 0,
        "instantiate-ns": 0,
        "run-ns": 0,
        "fuel-used": None,
        "peak-memory-bytes": None,
        "message": "the host did not say how the guest ended",
    }


def stop(result: Dict[str, Any], trap: Any, words: str) -> None:
    """Records that the engine stopped the guest, or never started it, and the start of what it said."""
    spoken = words.encode(errors="replace")
    if len(spoken) > MESSAGE_LIMIT:
        left_out = len(spoken) - MESSAGE_LIMIT
        words = f"{spoken[:MESSAGE_LIMIT].decode(errors='ignore')} … and {left_out} bytes more"
    result["exit"], result["message"] = {"trap": trap}, words


def write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all."""
    handle, unfinished_path = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(unfinished_path, path)
    except BaseException:
        os.unlink(unfinished_path)
        raise


def obtain(folder: Optional[str], key: Tuple[str, ...], wasm: bytes,
           load: Callable[[bytes], Any], compile: Callable[[], Any], save: Callable[[Any], bytes]) -> Tuple[Any, str]:
    """A module from the folder, or newly compiled and then kept there, and which of the two it is.

    An entry is the engine's bytes and then their SHA-256: engines take such bytes for machine code without
    looking at them twice. `key` names the host, its version, and every setting that changes compiled code.
    """
    if folder is None:
        return compile(), "compiled"
    digest = hashlib.sha256("\0".join((*key, platform.system(), platform.machine())).encode())
    digest.update(hashlib.sha256(wasm).digest())
    entry = Path(folder, f"{key[0]}-{key[1]}-{digest.hexdigest()}")

    def cached() -> Optional[Any]:
        try:
            kept = entry.read_bytes()
        except FileNotFoundError:
            return None
        artifact, seal = kept[:-32], kept[-32:]
        if hashlib.sha256(artifact).digest() != seal:
            return None
        try:
            return load(artifact)
        except Refused:
            # An artifact of another machine's processor, or the like.
            return None

    try:
        module = cached()
        if module is not None:
            return module, "cached"
        os.makedirs(folder, exist_ok=True)
        # Those who come together compile once: the others wait here for the first.
        with open(f"{entry}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            module = cached()
            if module is not None:
                return module, "cached"
            module = compile()
            artifact = save(module)
            write(entry, artifact + hashlib.sha256(artifact).digest())
            return module, "compiled"
    except OSError as error:
        raise Failure(f"cannot keep compiled code in {folder}: {error}; make that folder writable") from error
