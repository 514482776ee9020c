"""Text files as bytes: unpacking, encoding, and one fast pass over the whole file before its first row is used.

The pass hashes, finds the encoding, and proves that the file is complete and bounded, with operations that run in C:
a file that would fail at its last row must not have written anything by then.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from connectors.files.rows import MAX_FIELD_CHARS, MAX_ROW_CHARS
from hub.core.errors import InvalidInput

GZIP_MAGIC: Final = b"\x1f\x8b"
_CHUNK: Final = 1024 * 1024
# A run of MAX_FIELD_CHARS without a line break covers at least one aligned window of half that length.
_WINDOW: Final = MAX_FIELD_CHARS // 2
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_THREE_BYTES: Final = re.compile(rb"(?:[\xe0-\xef][\x80-\xbf]{2})+")


@dataclass(frozen=True, slots=True)
class TextScan:
    """What one pass over a text file tells.

    Attributes:
        head: the beginning of the text, up to 64 Ki characters.
        tail: the text after the last line break; empty when the file ends with one.
        line_count: lines, an unfinished last one included.
        quoted: whether there is a quotation mark anywhere.
        long_lines: whether some line may be longer than a field may be.
    """

    encoding: str
    digest: str
    head: str
    tail: str
    line_count: int
    quoted: bool
    long_lines: bool


class _Undecodable(Exception):
    def __init__(self, line: int, sample: bytes) -> None:
        super().__init__()
        self.line = line
        self.sample = sample


class _HashingFile(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = self._file.readinto(view)
        self.hash.update(view[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """The text of a file, unpacked if it is gzipped, with its line breaks as they are."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    raw: IO[bytes] = cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")  # noqa: SIM115 (the wrapper closes it)
    return io.TextIOWrapper(cast("io.BufferedReader", raw), encoding=encoding, newline="")


def scan_text(path: Path) -> TextScan:
    """Read the whole file once, twice if it turns out to be GB18030.

    Raises:
        InvalidInput: binary, cut off (gzip), in no encoding that is understood, or with a line beyond the row limit.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(GZIP_MAGIC):
        with path.open("rb") as file:
            head = _read_first(file, path)
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), "utf-8")
    try:
        return _scan(path, encoding)
    except _Undecodable as error:
        if encoding != "utf-8" or _is_damaged_utf8(error.sample):
            raise InvalidInput(
                f"{path.name}, line {error.line}: these bytes are not {encoding.removesuffix('-sig').upper()}, though "
                "the rest of the file is. It was damaged or mixed from two encodings: export it again."
            ) from None
        return _scan_gb18030(path, error)


def _read_first(file: IO[bytes], path: Path) -> bytes:
    try:
        return gzip.GzipFile(fileobj=file).read(4)
    except (EOFError, zlib.error, OSError):
        raise InvalidInput(_cut_gzip(path)) from None


def _scan_gb18030(path: Path, utf8: _Undecodable) -> TextScan:
    try:
        scan = _scan(path, "gb18030")
    except _Undecodable as error:
        raise InvalidInput(
            f"{path.name} is neither UTF-8 (see line {utf8.line}) nor GB18030 (see line {error.line}): "
            "it is binary or damaged, or in an encoding that is not understood. Export it as UTF-8."
        ) from None
    if _is_partly_utf8(utf8.sample):
        raise InvalidInput(
            f"{path.name}, line {utf8.line}: these bytes are not UTF-8, and others are hardly GB18030. The file was "
            "damaged or mixed from two encodings: export it again."
        )
    if not _is_plausible_chinese(utf8.sample):
        raise InvalidInput(
            f"{path.name}, line {utf8.line}: these bytes are not UTF-8, and as GB18030 the text makes no sense. "
            "Export it as UTF-8."
        )
    return scan


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether the text is mostly right as UTF-8: GB18030 hardly ever looks like its sequences of three bytes."""
    text = sample.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return len([char for char in text if char > "\u07ff" and char != "\ufffd"]) >= wrong


def _is_partly_utf8(sample: bytes) -> bool:
    """Whether a tenth of the foreign words is UTF-8 throughout: as GB18030, 张三 would come out as 寮犱笁."""
    words = re.findall(rb"[\x80-\xff]{6,}", sample)
    found = sum(_THREE_BYTES.fullmatch(word) is not None for word in words)
    return found > 0 and found * 10 >= len(words)


def _is_plausible_chinese(sample: bytes) -> bool:
    """Whether at least half of the foreign characters are common ones: bytes of other encodings hit the rare ones."""
    foreign = [char for char in sample.decode("gb18030", "replace") if char > "\x7f"]
    common = len("".join(foreign).encode("gb2312", "ignore")) // 2
    return common * 2 >= len(foreign)


def _scan(path: Path, encoding: str) -> TextScan:
    hashing = _HashingFile(path)
    with hashing, io.BufferedReader(hashing, _CHUNK) as raw:
        packed = raw.peek(2)[:2] == GZIP_MAGIC
        file = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else cast("IO[bytes]", raw)
        head, tail, lines, quoted, long_lines = "", "", 0, False, False
        for text in _decoded(file, encoding, path):
            if len(head) < MAX_FIELD_CHARS:
                head += text[: MAX_FIELD_CHARS - len(head)]
            _refuse_binary(text, lines, path)
            quoted = quoted or '"' in text
            long_lines = long_lines or _has_long_line(text)
            tail = _unfinished(tail, text, lines, path)
            lines += text.count("\n")
        return TextScan(encoding, hashing.hash.hexdigest(), head, tail, lines + bool(tail), quoted, long_lines)


def _decoded(file: IO[bytes], encoding: str, path: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, first = 1, b""
    while True:
        try:
            chunk = file.read(_CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise InvalidInput(_cut_gzip(path)) from None
        pending = decoder.getstate()[0]
        first = first or chunk
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise _Undecodable(lines + error.object[: error.start].count(b"\n"), first + pending + chunk) from None
        if text:
            yield text
        if not chunk:
            return
        lines += chunk.count(b"\n")


def _cut_gzip(path: Path) -> str:
    return f"{path.name} is a gzip file that is cut off or damaged: copy or export it again."


def _refuse_binary(text: str, lines: int, path: Path) -> None:
    if "\0" in text:
        line = lines + text[: text.index("\0")].count("\n") + 1
        raise InvalidInput(
            f"{path.name}, line {line}: there is a zero byte, so this is not text. CSV and JSON Lines (UTF-8, UTF-16 "
            "with its byte order mark, GB18030), XLSX and Parquet are understood."
        )


def _has_long_line(text: str) -> bool:
    return any("\n" not in text[start : start + _WINDOW] for start in range(0, len(text) - _WINDOW + 1, _WINDOW))


def _unfinished(tail: str, text: str, lines: int, path: Path) -> str:
    end = text.find("\n")
    if len(tail) + (end if end >= 0 else len(text)) > MAX_ROW_CHARS:
        raise InvalidInput(
            f"{path.name}, line {lines + 1}: the line is longer than {MAX_ROW_CHARS:,} characters, the most that a row "
            "may have. Is the file damaged, or is it in another format?"
        )
    return tail + text if end < 0 else text[text.rindex("\n") + 1 :]
