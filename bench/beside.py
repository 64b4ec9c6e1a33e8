"""This build and today's beside each other: each served on a database of its own, taking turns round by round."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.builds import THIS, TODAY, Build
from bench.client import Connection
from bench.figures import Goal, Line, Spread, ratios, spread
from bench.lab import Backend, Lab
from bench.serving import Server, service

Beside = Sequence[float] | Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A build that is served: its database, and a connection to its server."""

    build: Build
    url: str
    server: Server
    connection: Connection

    @property
    def name(self) -> str:
        """The name of the build."""
        return self.build.name

    def settle(self) -> float:
        """Wait until everything that arrived is rolled up, and return the seconds it took."""
        return self.build.settle(self.url)


@contextmanager
def contenders(lab: Lab, backend: Backend) -> Iterator[list[Contender]]:
    """Yield every build, served on a new database with 1,000 meters, which is dropped at the end."""
    urls = [lab.metered(backend, build) for build in lab.builds]
    with ExitStack() as stack:
        yield [stack.enter_context(contender(lab, build, url)) for build, url in zip(lab.builds, urls, strict=True)]
    for url in urls:
        lab.drop(url)


@contextmanager
def contender(lab: Lab, build: Build, url: str) -> Iterator[Contender]:
    """Yield one build, served on a database of its own."""
    with service(lab, url, build=build) as server:
        yield Contender(build, url, server, server.connect())


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured of each build, round by round."""

    subject: str
    unit: str
    builds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def lines(
        self, backend: str, *, beside: Beside = (), against: str = "", goal: Goal | None = None, note: str = ""
    ) -> Iterator[Line]:
        """Yield this build's line, with its ratios to what `beside` holds and to today's build, then today's line.

        `beside` is a baseline that all are held against, or what each build is held against, by its name.
        """
        for name, figures in self.builds.items():
            others = beside[name] if isinstance(beside, Mapping) else beside
            ratio = ratios(figures, others) if others else None
            if name == THIS:
                today = to_today(figures, self.builds)
                yield Line(self.subject, backend, spread(figures), self.unit, ratio, against, goal, note, today)
            else:
                yield Line(f"{self.subject}, {name}", backend, spread(figures), self.unit, ratio, against)

    def lines_to_today(self, backend: str, *, goal: Goal, note: str = "") -> Iterator[Line]:
        """Yield this build's line, its goal being a ratio to today's build, then the line of today's."""
        for name, figures in self.builds.items():
            if name != THIS:
                yield Line(f"{self.subject}, {name}", backend, spread(figures), self.unit)
            elif (ratio := to_today(figures, self.builds)) is not None:
                yield Line(self.subject, backend, spread(figures), self.unit, ratio, TODAY, goal, note)
            else:
                yield Line(self.subject, backend, spread(figures), self.unit, note=note)


def to_today(figures: Sequence[float], builds: Mapping[str, Sequence[float]]) -> Spread | None:
    """Return the figures to those of today's build, round by round, or None when that was not measured."""
    return ratios(figures, builds[TODAY]) if TODAY in builds else None
