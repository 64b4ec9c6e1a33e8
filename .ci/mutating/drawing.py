"""Which mutants are tried: drawn from all that cosmic-ray can make, a line at a time."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.work_item import MutationSpec, WorkItem
from shape import Shape


class _Collected:
    """What cosmic-ray takes for its table of work: the mutants it has found."""

    def __init__(self) -> None:
        self.mutants: list[MutationSpec] = []

    def clear(self) -> None:
        self.mutants.clear()

    def add_work_items(self, items: Iterable[WorkItem]) -> None:
        self.mutants += [mutant for item in items for mutant in item.mutations]


def chosen(folders: Sequence[str], count: int, rng: random.Random) -> list[MutationSpec]:
    """Return so many mutants, at lines of all the files at random: one of each line before a second one of any.

    Of a line first the family is drawn, since `a + b` has eleven other operators and `a < b` seven.
    """
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*.py"))
    found = _Collected()
    init(paths, found, {})
    shapes = {str(path): Shape(path) for path in paths}
    of_line: dict[tuple[str, int], list[MutationSpec]] = defaultdict(list)
    for mutant in found.mutants:
        if not shapes[str(mutant.module_path)].is_inert(mutant.start_pos):
            of_line[str(mutant.module_path), mutant.start_pos[0]].append(mutant)
    drawn: list[MutationSpec] = []
    while of_line and len(drawn) < count:
        lines = sorted(of_line)
        rng.shuffle(lines)
        for line in lines[: count - len(drawn)]:
            here = of_line[line]
            family = rng.choice(sorted({_family(each) for each in here}))
            mutant = rng.choice([each for each in here if _family(each) == family])
            drawn.append(mutant)
            here.remove(mutant)
            if not here:
                del of_line[line]
    return drawn


def _family(mutant: MutationSpec) -> str:
    name: str = mutant.operator_name
    return name.partition("_")[0]
