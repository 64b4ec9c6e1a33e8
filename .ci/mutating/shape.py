"""Where the statements of a file are, and what of it cannot change what it computes."""

import ast
from collections.abc import Iterator
from pathlib import Path


class Shape:
    """Where the statements of a file are, and what of it cannot change what it computes."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_text())
        self._inert = [_extent(node) for node in _inert(tree)]
        self._decorated = {line for node in ast.walk(tree) for line in _decorated(node)}
        self._statements = sorted(
            (_extent(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)),
            key=lambda extent: extent[1][0] - extent[0][0],
        )

    def is_inert(self, position: tuple[int, int]) -> bool:
        return position[0] in self._decorated or any(start <= position < end for start, end in self._inert)

    def lines_of(self, line: int) -> range:
        """Return the lines of the smallest statement that has a line."""
        start, end = next(each for each in self._statements if each[0][0] <= line <= each[1][0])
        return range(start[0], end[0] + 1)


def _inert(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield annotations, aliases of types, and whether `zip` is strict."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from filter(None, [getattr(node, "returns", None)])
        elif isinstance(node, ast.arg):
            yield from filter(None, [node.annotation])
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation
            if ast.unparse(node.annotation) == "TypeAlias" and node.value is not None:
                yield node.value
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            yield node


def _decorated(node: ast.AST) -> Iterator[int]:
    """Yield the lines of decorators: without them a file is not loaded, or memory is not spared."""
    for each in getattr(node, "decorator_list", ()):
        yield from range(each.lineno, each.end_lineno + 1)


def _extent(node: ast.AST) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
