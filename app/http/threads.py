"""How many threads may wait for the database at once, so that slow reading cannot keep readings from coming in."""

from anyio import CapacityLimiter, to_thread

_ADMISSION = 4
_PASSWORDS = 2


class Threads:
    """The limits on threads of an event loop; made when it runs.

    Handlers that are plain functions share one limit. Looking up a key, which any post may need, and telling whether
    the service is well have one of their own: of sixty requests for a slow page ten keep threads and connections
    busy where there are twenty, and fifty wait, while the next post is admitted and stored. Trying a password takes
    16 MB and a tenth of a second: two at once.
    """

    def __init__(self, pool_size: int) -> None:
        to_thread.current_default_thread_limiter().total_tokens = handlers_at_once(pool_size)
        self.admission = CapacityLimiter(_ADMISSION)
        self.passwords = CapacityLimiter(_PASSWORDS)


def handlers_at_once(pool_size: int) -> int:
    """Return how many plain handlers may run: half of a process's connections to the database.

    The framework's forty threads would take all of them and wait for more.
    """
    return pool_size // 2
