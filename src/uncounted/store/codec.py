"""Bytes for what the store keeps: Arrow for tables, npy for arrays, JSON for our frozen values; never pickle.

A value written here is read back equal, type for type, or not at all. The type is given when reading; nothing in the
bytes can choose what is built.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path, PurePath
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from uncounted.errors import StoreError

T = TypeVar("T")
Json = dict[str, Any] | list[Any] | str | int | float | bool | None
_VALUE = "value.json"  # the part of `to_parts` that holds the JSON


# -- tables and arrays ------------------------------------------------------------------------------------------------
def table_to_bytes(table: Any) -> bytes:
    """Return an Arrow table as an IPC stream, compressed with zstd."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def bytes_to_table(data: bytes) -> Any:
    """Return the Arrow table in an IPC stream.

    Raises
    ------
    StoreError
        T11 if the bytes are none.
    """
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable("an Arrow table") from error
    return table


def array_to_bytes(array: NDArray[Any]) -> bytes:
    """Return a numpy array in npy form.

    Raises
    ------
    StoreError
        T12 for an array of Python objects.
    """
    if array.dtype.hasobject:
        raise _unknown(f"an array of {array.dtype}")
    sink = io.BytesIO()
    np.save(sink, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False)
    return sink.getvalue()


def bytes_to_array(data: bytes) -> NDArray[Any]:
    """Return the array in npy bytes, read-only.

    Raises
    ------
    StoreError
        T11 if the bytes are none, or would need pickle.
    """
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _unreadable("an array") from error
    array.setflags(write=False)
    return array


# -- frozen values ----------------------------------------------------------------------------------------------------
def to_json(value: object) -> bytes:
    """Return a value as canonical JSON: sorted keys, no blanks, UTF-8; arrays and tables inside as base64.

    Knows None, bool, int, float (also infinite and NaN), str, bytes, date, datetime, paths, tuples, lists, mappings
    with str keys, dataclasses, numpy scalars and arrays, and Arrow tables.

    Raises
    ------
    StoreError
        T12 for any other type.
    """
    return _dump(_encode(value, lambda data: base64.b64encode(data).decode("ascii")))


def from_json(data: bytes, kind: type[T]) -> T:
    """Return the value of type `kind` in JSON made by `to_json`.

    Parameters
    ----------
    data : bytes
        The JSON.
    kind : type
        A dataclass or any annotation `to_json` knows, e.g. ``tuple[Estimate, ...]``. Fields must fit exactly; a field
        that has a default may be missing.

    Raises
    ------
    StoreError
        T11, with the dotted path of the field (not its value), if the JSON does not fit.
    """
    return typing.cast("T", _decode(_load(data), kind, "value", _from_base64))


def to_parts(value: object) -> dict[str, bytes]:
    """Return a value as parts for `Store.put_stage`: one of JSON, and one for each array and table in it."""
    parts: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        name = f"part-{len(parts)}"
        parts[name] = data
        return name

    encoded = _encode(value, keep)
    return {_VALUE: _dump(encoded), **parts}


def from_parts(parts: Mapping[str, bytes], kind: type[T]) -> T:
    """Return the value of type `kind` in parts made by `to_parts`.

    Raises
    ------
    StoreError
        T11 if a part is missing or does not fit.
    """
    if _VALUE not in parts:
        raise _unreadable("a value in parts")

    def find(name: str) -> bytes:
        if name not in parts:
            raise _unreadable("a value in parts")
        return parts[name]

    return typing.cast("T", _decode(_load(parts[_VALUE]), kind, "value", find))


def fingerprint(*parts: object) -> str:
    """Return SHA-256 (hex) over the canonical JSON of the parts: the same for equal values, whatever order of keys.

    Long bytes, arrays and tables enter as they are encoded, so equal arrays of other types differ.
    """
    return hashlib.sha256(_dump(_encode(list(parts), lambda data: hashlib.sha256(data).hexdigest()))).hexdigest()


def run_id(*, inputs: object, settings: object, versions: Mapping[str, str], seed: int) -> str:
    """Return the id of a run: 16 hexadecimal digits of a hash over what it was made from, and not of when.

    Parameters
    ----------
    inputs : object
        Names and hashes of the delivered files, and of the decisions.
    settings : object
        The project, without paths of this machine.
    versions : mapping of str to str
        Of this program and of the libraries the numbers depend on.
    seed : int
        The project's seed.
    """
    return fingerprint("run", inputs, settings, versions, seed)[:16]


# -- writing ----------------------------------------------------------------------------------------------------------
def _encode(value: Any, keep: Callable[[bytes], str]) -> Json:
    if value is None or (isinstance(value, bool | str | int) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, np.generic):
        return _encode_scalar(value, keep)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, date):  # a datetime is one too
        return {"date": value.isoformat()}
    if isinstance(value, PurePath):
        return {"path": value.as_posix()}
    if isinstance(value, bytes):
        return {"bytes": keep(value)}
    if isinstance(value, np.ndarray):
        return {"array": keep(array_to_bytes(value))}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _encode(getattr(value, field.name), keep) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_encode(item, keep) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"map": {key: _encode(item, keep) for key, item in value.items()}}
    if _is_table(value):
        return {"table": keep(table_to_bytes(value))}
    raise _unknown(type(value).__name__)


def _encode_scalar(value: np.generic, keep: Callable[[bytes], str]) -> Json:
    if not isinstance(value, np.bool_ | np.integer | np.floating | np.str_):
        raise _unknown(type(value).__name__)
    return _encode(value.item(), keep)


def _is_table(value: object) -> bool:
    import pyarrow as pa

    return isinstance(value, pa.Table)


def _dump(encoded: Json) -> bytes:
    text = json.dumps(encoded, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


# -- reading ----------------------------------------------------------------------------------------------------------
def _load(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise _unreadable("JSON") from error


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _unreadable("base64") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(found: Any, kind: Any, where: str, find: Callable[[str], bytes]) -> Any:
    """Return `found`, a piece of JSON, as `kind`; `find` gives the bytes that a piece refers to."""
    if typing.get_origin(kind) is NDArray:  # an alias of its own since NumPy 2.5, an ndarray before
        return _decode_array(found, typing.get_args(kind)[0], where, find)
    kind = getattr(kind, "__value__", kind)  # a `type X = …` alias
    origin = typing.get_origin(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind](found, where)
    if kind is Any:
        raise _misfit(where, "a known type")
    if kind is bytes:
        return find(_tagged(found, "bytes", where))
    if origin is np.ndarray or kind is np.ndarray:
        dtype = typing.get_args(kind)[1:]
        return _decode_array(found, typing.get_args(dtype[0])[0] if dtype else None, where, find)
    if isinstance(kind, type) and kind.__module__.startswith("pyarrow") and kind.__name__ == "Table":
        return bytes_to_table(find(_tagged(found, "table", where)))
    if origin is Literal:
        if found not in typing.get_args(kind):
            raise _misfit(where, "one of its choices")
        return found
    if origin in (typing.Union, types.UnionType):
        return _decode_union(found, typing.get_args(kind), where, find)
    if origin in (tuple, list):
        return _decode_sequence(found, origin, typing.get_args(kind), where, find)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        held = _tagged(found, "map", where, kind=dict)
        item = typing.get_args(kind)[1]
        return {key: _decode(value, item, f"{where}.{key}", find) for key, value in held.items()}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _decode_dataclass(found, kind, where, find)
    raise _misfit(where, f"a type the store knows, not {getattr(kind, '__name__', kind)}")


def _decode_dataclass(found: Any, kind: type, where: str, find: Callable[[str], bytes]) -> Any:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if not isinstance(found, dict) or set(found) - set(fields):
        raise _misfit(where, f"the fields of {kind.__name__}")
    needed = {
        name
        for name, field in fields.items()
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    if needed - set(found):
        raise _misfit(where, f"all the fields of {kind.__name__}")
    hints = _hints(kind)
    values = {name: _decode(value, hints[name], f"{where}.{name}", find) for name, value in found.items()}
    made = {name: value for name, value in values.items() if fields[name].init}
    return kind(**made)


def _decode_sequence(found: Any, origin: type, args: tuple[Any, ...], where: str, find: Callable[[str], bytes]) -> Any:
    if not isinstance(found, list):
        raise _misfit(where, "a sequence")
    if origin is list or (len(args) == 2 and args[1] is Ellipsis):
        kinds = [args[0]] * len(found)
    else:
        kinds = [] if args == ((),) else list(args)
    if len(kinds) != len(found):
        raise _misfit(where, f"{len(kinds)} items")
    return origin(_decode(x, k, f"{where}[{i}]", find) for i, (x, k) in enumerate(zip(found, kinds, strict=True)))


def _decode_union(found: Any, kinds: tuple[Any, ...], where: str, find: Callable[[str], bytes]) -> Any:
    """Return the first reading that fits: None, then exact matches in the order of the annotation."""
    if found is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _decode(found, kind, where, find)
        except StoreError as error:
            if error.code != "T11":
                raise
    raise _misfit(where, "one of the types allowed here")


def _decode_array(found: Any, scalar: Any, where: str, find: Callable[[str], bytes]) -> NDArray[Any]:
    array = bytes_to_array(find(_tagged(found, "array", where)))
    if isinstance(scalar, type) and not np.issubdtype(array.dtype, scalar):
        raise _misfit(where, f"an array of {scalar.__name__}")
    return array


def _tagged(found: Any, tag: str, where: str, *, kind: type = str) -> Any:
    if not isinstance(found, dict) or set(found) != {tag} or not isinstance(found[tag], kind):
        raise _misfit(where, f"a {tag}")
    return found[tag]


def _exact(kind: type) -> Callable[[Any, str], Any]:
    def check(found: Any, where: str) -> Any:
        if type(found) is not kind:
            raise _misfit(where, f"a value of type {kind.__name__}")
        return found

    return check


def _float(found: Any, where: str) -> float:
    if isinstance(found, dict) and _tagged(found, "float", where) in ("inf", "-inf", "nan"):
        return float(found["float"])
    if type(found) not in (int, float):
        raise _misfit(where, "a number")
    return float(found)


def _date(found: Any, where: str) -> date:
    text = _tagged(found, "date", where)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _misfit(where, "a date") from error


def _datetime(found: Any, where: str) -> datetime:
    text = _tagged(found, "date", where)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise _misfit(where, "a time") from error


def _path(found: Any, where: str) -> Path:
    return Path(_tagged(found, "path", where))


def _none(found: Any, where: str) -> None:
    if found is not None:
        raise _misfit(where, "nothing")


_SIMPLE: dict[Any, Callable[[Any, str], Any]] = {
    str: _exact(str),
    int: _exact(int),
    bool: _exact(bool),
    float: _float,
    date: _date,
    datetime: _datetime,
    Path: _path,
    type(None): _none,
}


def _misfit(where: str, expected: str) -> StoreError:
    return StoreError(f"a stored value does not fit its type: expected {expected}.", where=where, code="T11")


def _unreadable(what: str) -> StoreError:
    return StoreError(f"stored bytes are not {what} as this program writes it.", code="T11")


def _unknown(what: str) -> StoreError:
    return StoreError(f"a value of type {what} cannot be written to the store.", code="T12")
