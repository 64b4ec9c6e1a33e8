"""What a call over HTTP may take, and what comes of it: an answer, or none that counts."""

from dataclasses import dataclass


class CallFailed(Exception):
    """No answer that counts was had; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status and its body, both whatever they are.

    `ends`: it told itself where it ends, by its length, its chunks or its packing. Otherwise the connection was closed,
    which also happens to an answer that breaks off.
    """

    status: int
    body: bytes
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most seconds a call may take in all, name and last byte included, and the most bytes its answer may have.

    With `cut` only the status counts: of the body no more is read than the bound, and that as it was sent. Without,
    an answer of 2xx that passes the bound, or is not whole, is a failure.
    """

    seconds: float
    answer_bytes: int
    cut: bool = False
