"""The pages of uploaded files, used as a browser does: forms are sent with every field that they have."""

import html
import re

import httpx

PAGE = "/organizations/acme/upload"


def uploaded(person: httpx.Client, name: str, content: bytes) -> str:
    """Upload a file; return the address of its preview."""
    answer = person.post(PAGE, files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def act(person: httpx.Client, here: str, page: str, act: str, **changed: str) -> httpx.Response:
    """Send the form as a browser does: with every field as the page has it but those that are changed."""
    hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
    return person.post(here, data={**hidden, **chosen(page), "act": act, **changed})


def chosen(page: str) -> dict[str, str]:
    """Return the fields that a person can change, with what stands in them."""
    found = {}
    page = page[page.index('id="read"') :]
    for name, options in _SELECT.findall(page):
        values = re.findall(r'<option value="([^"]*)"( selected)?', options)
        found[html.unescape(name)] = html.unescape(next((value for value, is_it in values if is_it), values[0][0]))
    inputs = re.findall(
        r'<input id="[^"]+" name="([^"]+)"(?: type="number"[^>]*?)?(?: maxlength="\d+")? value="([^"]*)"', page
    )
    return found | {name: html.unescape(value) for name, value in inputs}


def tiles(page: str) -> list[str]:
    """Return the counts above a preview: new, corrected, as they stand, rejected."""
    return re.findall(r'class="figure">([^<]*)<', page)


def table(page: str, label: str) -> list[list[str]]:
    """Return the texts of a table's rows."""
    found = re.search(rf'<caption class="hidden">{label}</caption>.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found[1], re.DOTALL) if found else []
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_SELECT = re.compile(r'<select (?:id="[^"]+" )?name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
