"""What makes the pages of docs/ a site that asks no other machine for anything; MkDocs calls these while it builds."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
_SHIM = "https://unpkg.com/iframe-worker/shim"
_OWN_SHIM = "assets/iframe-worker.js"
"""Search runs in a worker, which a browser refuses to a page from a folder: this stands in for it there."""


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return a page whose links out of docs/, such as `[words](../deploy/README.md)`, are the words and the file."""
    folder = Path(page.file.src_path).parent

    def told(link: re.Match[str]) -> str:
        words, target = link[1], link[2]
        if "://" in target or _inside(folder / target):
            return link[0]
        named = re.sub(r"^(\.\./)+", "", target)
        return words if named in words else f"{words} (`{named}`)"

    return _LINK.sub(told, markdown)


def _inside(path: Path) -> bool:
    """Tell whether a path, with its `..` carried out, stays below docs/."""
    depth = 0
    for part in path.parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True


def on_files(files: Any, *, config: Any, **_: Any) -> Any:
    """Add the shim, whose place in the theme is at another host, to the files of the site."""
    shim = (Path(__file__).parent / "iframe-worker.js").read_text()
    files.append(File.generated(config, _OWN_SHIM, content=shim))
    return files


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Return a finished page with the site's own shim."""
    return output.replace(_SHIM, get_relative_url(_OWN_SHIM, page.url))


def on_post_template(output: str, *, template_name: str, **_: Any) -> str:
    """Return a page such as 404.html with the site's own shim."""
    return output.replace(_SHIM, f"/{_OWN_SHIM}") if template_name.endswith(".html") else output
