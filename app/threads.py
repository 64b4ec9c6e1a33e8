"""How many threads may wait for the database at once, so that slow reading cannot keep readings from coming in."""

from anyio import CapacityLimiter, to_thread

HANDLERS = 10
"""Half of a process's connections: the framework's forty threads would take all of them and wait for more."""

_ADMISSION = 4


class Threads:
    """The limits on threads of an event loop; made when it runs.

    Handlers that are plain functions share one limit. Looking up a key, which any post may need, and telling whether
    the service is well have one of their own: sixty requests for a slow page keep ten threads and ten connections
    busy, and fifty of them wait, while the next post is admitted and stored.
    """

    def __init__(self) -> None:
        to_thread.current_default_thread_limiter().total_tokens = HANDLERS
        self.admission = CapacityLimiter(_ADMISSION)
