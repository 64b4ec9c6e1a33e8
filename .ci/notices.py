"""Third-party notices: what licence each package has that runs with the program, and the texts of all of them.

    .venv/bin/python .ci/notices.py page                    the list, as docs/licences.md keeps it
    .venv/bin/python .ci/notices.py page docs/licences.md   fails when that page differs from it
    .venv/bin/python .ci/notices.py texts                   the list and every licence text and notice, for the image

Packages are those of requirements.txt that are installed beside the interpreter which runs this; it needs no other.
What they say of themselves is read from their metadata. Where that is loose ("BSD"), `READ` has what their text is.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = "docs/licences.md"
READ = {
    "flexcache": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "pint": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "pygal": "LGPL-3.0-or-later",
    "pylopdf-fonts-zh-cn": "OFL-1.1",
    "reportlab": "BSD-3-Clause",
    "shellingham": "ISC",
    "uvloop": "MIT OR Apache-2.0",
}
"""What the licence texts of packages are that do not say it by an SPDX expression."""

KNOWN = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0"),
    *("Zlib", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0", "OFL-1.1"),
}
"""What may be shipped. Another licence makes this fail, until somebody has read it and added it."""

RECIPROCAL = {
    "certifi": "The list of certificate authorities, unchanged: its source is the package itself.",
    "fontpkg-lato": "The font Lato, unchanged, for tables as pictures and PDF; it is embedded in those documents.",
    "psycopg": "The driver of PostgreSQL, imported as it is. It can be exchanged: it is a package of its own.",
    "psycopg-binary": "The same driver compiled, with the libraries below. Another build can take its place.",
    "pygal": "Charts, imported as they are. It can be exchanged: it is a package of its own.",
    "pylopdf-fonts-zh-cn": "The fonts Noto Sans SC and Noto Serif SC, unchanged; they are embedded in PDF.",
}
"""Packages whose licence asks for more than its text, and how that is met. Exactly those that the list finds."""

INSIDE = (
    ("psycopg-binary", "libpq", "PostgreSQL"),
    ("psycopg-binary", "OpenSSL", "Apache-2.0"),
    ("psycopg-binary", "MIT Kerberos (libkrb5, libgssapi_krb5, libk5crypto, libcom_err)", "MIT"),
    ("psycopg-binary", "OpenLDAP (libldap, liblber)", "OLDAP-2.8"),
    ("psycopg-binary", "Cyrus SASL (libsasl2)", "CMU (BSD with attribution)"),
    ("psycopg-binary", "libcrypt (libxcrypt), libkeyutils", "LGPL-2.1-or-later"),
    ("cryptography", "OpenSSL, linked into the extension", "Apache-2.0"),
    ("cffi", "libffi", "MIT"),
    ("numpy", "OpenBLAS with LAPACK", "BSD-3-Clause"),
    ("numpy", "libgfortran", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    ("numpy", "libquadmath", "LGPL-2.1-or-later"),
    ("pillow", "FreeType, HarfBuzz, libjpeg-turbo, libtiff, libwebp, libavif and others", "their own, in its text"),
    ("pyarrow", "Apache Arrow, Parquet and what they are built of", "Apache-2.0 and others, in its text"),
    ("reportlab", "the font Bitstream Vera", "Bitstream-Vera"),
    ("reportlab", "the font DarkGarden, which the program does not use", "GPL-2.0-or-later WITH Font-exception-2.0"),
)
"""Parts of others in compiled packages and beside them, of which the package's own licence does not tell."""

_TEXT = re.compile(r"(licen[cs]e|notice|copying|copyright|authors)", re.IGNORECASE)
_CODE = {".py", ".pyc", ".pyi", ".so", ".pyd"}
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==[^;\s]+ *((?:;[^\\\n]*)?)", re.MULTILINE)
_OF_WINDOWS = "; sys_platform == 'win32'"


class Unlicensed(ValueError):
    """A package has no licence that was read, or one that needs a word here and has none."""


def packages(lock: str) -> Iterator[tuple[str, Distribution]]:
    """Yield each package of a lock, once; raises PackageNotFoundError where one of every platform is missing.

    One of Windows alone is there elsewhere because something else has brought it along: nothing that runs imports it.
    """
    seen: set[str] = set()
    for name, conditional in _PIN.findall(lock):
        if name not in seen and (_OF_WINDOWS not in conditional or sys.platform == "win32"):
            seen.add(name)
            try:
                yield name, distribution(name)
            except PackageNotFoundError:
                if not conditional:
                    raise


def licence_of(name: str, package: Distribution) -> str:
    """Return the licence of a package as an SPDX expression; raises Unlicensed."""
    told = READ.get(name) or package.metadata.get("License-Expression") or package.metadata.get("License") or ""
    parts = re.split(r" (?:AND|OR) ", told)
    if not set(parts) <= KNOWN:
        raise Unlicensed(f"{name}: its licence {told[:80]!r} is not one of those that were read; see .ci/notices.py")
    return told


def texts_of(package: Distribution) -> dict[str, str]:
    """Return the licence texts and notices that a package brings, by the path in it; each text once."""
    found: dict[str, str] = {}
    for path in sorted(package.files or (), key=str):
        if _TEXT.search(path.name) and path.suffix not in _CODE:
            text = path.read_text().strip()
            if text not in found.values():
                found[str(path)] = text
    return found


def page(lock: str) -> str:
    """Return the list as a page in Markdown; raises Unlicensed."""
    licences = {name: licence_of(name, package) for name, package in packages(lock)}
    reciprocal = {name for name, licence in licences.items() if re.search(r"GPL|MPL|OFL", licence)}
    if reciprocal != set(RECIPROCAL):
        raise Unlicensed(f"asks for more than its text, or does no longer: {sorted(reciprocal ^ set(RECIPROCAL))}")
    return "\n".join(
        [
            "# Licences of others",
            "",
            "The packages that run with the program, in the versions of `requirements.txt`, and their licences by SPDX",
            "name. `make licences` makes this page of what is installed, and `make check` compares it. The image has",
            "texts and notices in `/opt/esg/share/esg-metrics/THIRD-PARTY.txt`, and a list of its parts with versions",
            "beside it (`sbom.cdx.json`, CycloneDX). Data of others are in [NOTICE](../NOTICE).",
            "",
            "## What asks for more than its text",
            "",
            "| package | licence | how it is met |",
            "|---|---|---|",
            *(f"| {name} | {licences[name]} | {words} |" for name, words in sorted(RECIPROCAL.items())),
            "",
            "None of them is changed, and none is a part of the program's own files: each is installed as its authors",
            "publish it, with its licence, and its source is published under the same name and version.",
            "",
            "## Parts of others inside packages",
            "",
            "| package | part | licence |",
            "|---|---|---|",
            *(f"| {name} | {part} | {licence} |" for name, part, licence in INSIDE),
            "",
            "## Every package",
            "",
            "| package | licence |",
            "|---|---|",
            *(f"| {name} | {licence} |" for name, licence in sorted(licences.items())),
            "",
        ]
    )


def texts(lock: str) -> str:
    """Return the list, and each package with its version, licence, and every licence text and notice it brings."""
    parts = [page(lock)]
    for name, package in packages(lock):
        parts.append(f"{'=' * 100}\n{name} {package.version}: {licence_of(name, package)}\n")
        parts += [f"--- {path}\n\n{text}\n" for path, text in texts_of(package).items()]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Print what is asked for, or tell that a page differs; 1 when it does, or when a licence was not read."""
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    try:
        if arguments == ["texts"]:
            print(texts(lock))
        elif arguments == ["page"]:
            print(page(lock), end="")
        elif len(arguments) == 2 and arguments[0] == "page":
            if Path(arguments[1]).read_text("utf-8") != page(lock):
                print(f"{arguments[1]} is not current: python .ci/notices.py page > {arguments[1]}", file=sys.stderr)
                return 1
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except Unlicensed as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
