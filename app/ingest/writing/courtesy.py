"""Large bodies give way to small posts: between their steps they rest while such come.

The interpreter is one, and shared out to who asks for it: a small post asks ten times on its way, and a body that works
without a rest takes its share each time. So it rests for three times as long as its last step took, while small posts
come. An example: a body takes 30 ms to decode, 40 to judge and 40 to write. Beside small posts it rests for 90 ms after
the first step and 120 after the second, and is answered after 320 ms; nobody is held up for longer than 40. Without
them it is answered after 110.
"""

import time

_RESTS, _LONGEST_REST_S = 3, 0.5
_STILL_COMING_S = 0.1


class SmallPosts:
    """When the last small post came."""

    def __init__(self) -> None:
        self._last = 0.0

    def came(self) -> None:
        """Note that one comes."""
        self._last = time.monotonic()

    @property
    def are_coming(self) -> bool:
        return time.monotonic() - self._last < _STILL_COMING_S

    def steps(self) -> "Steps":
        """Return what a large body that begins now rests by."""
        return Steps(self)


class Steps:
    """The steps of one large body, on one thread."""

    def __init__(self, small_posts: SmallPosts) -> None:
        self._small_posts = small_posts
        self._began = time.monotonic()

    def rest(self) -> None:
        """End a step, and rest if small posts are coming; call it with nothing held that others wait for."""
        if self._small_posts.are_coming:
            time.sleep(min(_RESTS * (time.monotonic() - self._began), _LONGEST_REST_S))
        self._began = time.monotonic()
