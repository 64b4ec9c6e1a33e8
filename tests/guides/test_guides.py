"""Every command of the guides runs, in the guides' order, and prints what they say."""

from pathlib import Path

import yaml

from tests.support.guides import GUIDES, ROOT, Windows, agrees, blocks_of


def _pages() -> list[Path]:
    """Return the guides in the order of the site."""
    [guides] = [each["Guides"] for each in yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"] if "Guides" in each]
    return [ROOT / "docs" / path for entry in guides for path in entry.values()]


def test_every_guide_is_in_the_site() -> None:
    assert sorted(_pages()) == sorted(GUIDES.glob("*.md"))


def test_every_command_of_the_guides_runs_and_prints_what_they_say(tmp_path: Path) -> None:
    windows = Windows(tmp_path)
    try:
        for page in _pages():
            blocks = list(blocks_of(page))
            assert blocks, page
            for block in blocks:
                printed = windows.run(block)
                if block.prints is not None:
                    assert agrees(printed, block.prints), f"{page.name}, line {block.line} printed:\n{printed}"
    finally:
        windows.close()
