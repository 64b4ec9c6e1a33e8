"""Content codings of HTTP bodies: gzip, zstd and br decoded as they come, in bounded pieces and to a checked end; and
written."""

import sys
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol

import brotli
import zstandard

PLAIN_BYTES = 2**20
"""Pieces of plain bytes have about so many, at most ten times as many; a body's last is smaller."""

_GZIP_WITH_HEADER = 16 + zlib.MAX_WBITS
_GZIP_LEVEL, _ZSTD_LEVEL, _BROTLI_QUALITY = 6, 3, 5
"""Each packs a disclosure of 120 kB to a fifteenth or less; the next steps take longer than they save."""

_ZSTD_WINDOW_BYTES = 8 * 2**20
"""The largest window that RFC 9659 allows in HTTP; a decoder holds one."""


class Coding(StrEnum):
    """The content codings that are understood, by their names in Content-Encoding."""

    GZIP = "gzip"
    ZSTD = "zstd"
    BR = "br"


CODINGS = ", ".join(Coding)
_BY_NAME = {"x-gzip": Coding.GZIP, **{coding.value: coding for coding in Coding}}


class CodingUnsupported(ValueError):
    """A body has a content coding that is not understood, or several, one inside the other."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the content encoding is {CODINGS} or none, not {name[:80]}")


class Fault(StrEnum):
    """What can be wrong with coded bytes."""

    MALFORMED = "malformed"
    TRUNCATED = "truncated"


class CodingFault(ValueError):
    """Coded bytes are not what their coding says, or end before their end; `code` is stable: `truncated_gzip`."""

    def __init__(self, fault: Fault, coding: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.code = f"{fault}_{coding}"
        self.detail = detail


def coding_named(header: str | None) -> Coding | None:
    """Return the coding that a Content-Encoding header names, None for none; raises CodingUnsupported, also for two."""
    names = [name for part in (header or "").split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if not names:
        return None
    if len(names) > 1 or names[0] not in _BY_NAME:
        raise CodingUnsupported(", ".join(names))
    return _BY_NAME[names[0]]


class ContentDecoder:
    """Decodes a body that arrives in pieces of any size; without a coding it passes them on.

    Work is in proportion to the bytes that go in and come out, however they are divided: a gzip body may consist of
    members and a zstd body of frames, and a million empty ones cost what so many bytes cost. Say 2 MB of members of 20
    bytes arrive at once. A library's decoder that reaches a member's end copies all that was given to it and not used:
    1,999,980 bytes, then 1,999,960, in all 100 GB. So it is given 4 KiB at a time, and copies no more than that.
    """

    def __init__(self, coding: Coding | None) -> None:
        self._coding = coding or "identity"
        self._members = _Plain() if coding is None else _MEMBERS[coding]()
        self._begun = False

    def decode(self, coded: bytes) -> Iterator[bytes]:
        """Yield the plain bytes that the next coded ones stand for; raises CodingFault."""
        pieces: list[bytes] = []
        size = 0
        for start in range(0, len(coded), self._members.coded_bytes):
            for plain in self._steps(coded[start : start + self._members.coded_bytes]):
                pieces.append(plain)
                size += len(plain)
                if size >= PLAIN_BYTES:
                    yield b"".join(pieces)
                    pieces, size = [], 0
        if size:
            yield b"".join(pieces)

    def close(self) -> None:
        """Raise CodingFault unless what was decoded came to its end; nothing at all is the end of nothing."""
        if self._begun and not self._members.ended:
            raise CodingFault(Fault.TRUNCATED, self._coding, f"the {self._coding} data ends before its end")

    def _steps(self, coded: bytes) -> Iterator[bytes]:
        """Yield what comes of a few coded bytes, in steps of a bounded size each."""
        self._begun = True
        while coded or self._members.holds_back:
            try:
                plain, coded = self._members.step(coded)
            except (zlib.error, zstandard.ZstdError, brotli.error) as error:
                detail = f"this is not {self._coding} data: {error}"
                raise CodingFault(Fault.MALFORMED, self._coding, detail) from error
            if plain:
                yield plain


class ContentEncoder:
    """Encodes a body that is given in pieces; the same pieces give the same bytes."""

    def __init__(self, coding: Coding) -> None:
        self._compress, self._finish = _ENCODERS[coding]()

    def encode(self, plain: bytes) -> bytes:
        """Return coded bytes, which may be none yet."""
        return self._compress(plain)

    def finish(self) -> bytes:
        """Return the last coded bytes."""
        return self._finish()


class _Members(Protocol):
    """The decoder of a coding: one member after another where it has several, each to its checked end.

    `coded_bytes` is how many a step may be given, so that what comes out of it is bounded; what `holds_back` has more.
    """

    coded_bytes: int
    holds_back: bool

    @property
    def ended(self) -> bool:
        """Whether the last member came to its end."""
        ...

    def step(self, coded: bytes) -> tuple[bytes, bytes]:
        """Return plain bytes, and the coded ones that are to be given again."""
        ...


class _Plain:
    coded_bytes = sys.maxsize
    holds_back = False
    ended = True

    def step(self, coded: bytes) -> tuple[bytes, bytes]:
        return coded, b""


class _Gzip:
    """A byte of deflate stands for at most 1,032, hence 4 KiB for 4 MiB."""

    coded_bytes = 4_096
    holds_back = False

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WITH_HEADER)

    @property
    def ended(self) -> bool:
        return self._member.eof

    def step(self, coded: bytes) -> tuple[bytes, bytes]:
        if self.ended:
            self._member = zlib.decompressobj(_GZIP_WITH_HEADER)
        return self._member.decompress(coded), self._member.unused_data


class _Zstd:
    """Four bytes may stand for a block of 128 KiB, hence 256 for 8 MiB; a frame's decoder cannot be told to stop."""

    coded_bytes = 256
    holds_back = False

    def __init__(self) -> None:
        self._frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._frame = self._frames.decompressobj()

    @property
    def ended(self) -> bool:
        return self._frame.eof

    def step(self, coded: bytes) -> tuple[bytes, bytes]:
        if self.ended:
            self._frame = self._frames.decompressobj()
        return self._frame.decompress(coded), self._frame.unused_data


class _Brotli:
    """One stream and no more; what its bound held back comes when it is asked again, until nothing does."""

    coded_bytes = 65_536

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self.holds_back = False

    @property
    def ended(self) -> bool:
        return bool(self._stream.is_finished())

    def step(self, coded: bytes) -> tuple[bytes, bytes]:
        plain: bytes = self._stream.process(coded, output_buffer_limit=PLAIN_BYTES)
        self.holds_back = bool(plain)
        return plain, b""


_MEMBERS: dict[Coding, Callable[[], _Members]] = {Coding.GZIP: _Gzip, Coding.ZSTD: _Zstd, Coding.BR: _Brotli}


_Encoder = tuple[Callable[[bytes], bytes], Callable[[], bytes]]


def _gzip() -> _Encoder:
    encoder = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WITH_HEADER)
    return encoder.compress, encoder.flush


def _zstd() -> _Encoder:
    encoder = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    return encoder.compress, encoder.flush


def _brotli() -> _Encoder:
    encoder = brotli.Compressor(quality=_BROTLI_QUALITY)
    return encoder.process, encoder.finish


_ENCODERS: dict[Coding, Callable[[], _Encoder]] = {Coding.GZIP: _gzip, Coding.ZSTD: _zstd, Coding.BR: _brotli}
