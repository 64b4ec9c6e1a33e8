"""Which rows of posts are of meters that their keys are not bound to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.core.access import Binding
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.coded import lines_of
from app.ingest.writing.gathering import Post, offsets_of
from app.store.directory.directory import Directory


def beyond_binding(posts: Sequence[Post], texts: TextColumns, directory: Directory) -> NDArray[np.bool_] | None:
    """Return a mask of the rows that their key may not post; None when no key is bound, as in nearly every group.

    `texts` has the rows of all posts, numbered through. An example: a key that is bound to the plant `north` posts
    of `grid`, a meter of `north`, of `river`, a meter of `south`, and of `nothing`, which is no meter. The last two
    are beyond it, and nothing tells its holder which of them there is.
    """
    if all(post.binding is None for post in posts):
        return None
    codes, line = lines_of(texts.meter)
    post_of = np.searchsorted(offsets_of(post.received for post in posts), texts.row, side="right") - 1
    beyond = np.zeros(len(texts.row), dtype=np.bool_)
    for binding in {post.binding for post in posts}:
        if binding is not None:
            bound = np.array([post.binding == binding for post in posts], dtype=np.bool_)[post_of]
            without = np.array([not _has(binding, code, directory) for code in codes], dtype=np.bool_)[line]
            beyond |= bound & without
    return beyond


def _has(binding: Binding, meter: str, directory: Directory) -> bool:
    spec = directory.by_code.get(meter)
    return spec is not None and binding.has(meter, directory.subjects[spec.id].plant)
