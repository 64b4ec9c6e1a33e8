"""What is a reason: an explanation that explains, and not what stands in the place of one."""

import re

_IN_PLACE_OF_ONE = frozenset(
    [
        *("n a", "na", "none", "nil", "null", "tbd", "tba", "tbc", "todo", "to do", "to be added", "to be confirmed"),
        *("to be determined", "pending", "unknown", "xxx", "test", "placeholder", "insufficient", "insufficient data"),
        *("no data", "not available", "not applicable", "not material", "see above"),
        *("无", "暂无", "没有", "不适用", "不详", "未知", "待定", "待补充", "待填", "不足", "数据不足", "无数据"),
    ]
)
"""Words that say that nothing is there, where the question is why."""
_NO_WORDS = re.compile(r"[\W_]+")


def is_reason(text: str | None) -> bool:
    """Tell whether a text says why something is left out: words of its own, more than a placeholder.

    "N/A", "tbd." and "insufficient" are none; "N/A: we have no stack" is one.
    """
    words = _NO_WORDS.sub(" ", text or "").strip().lower()
    return bool(words) and words not in _IN_PLACE_OF_ONE
