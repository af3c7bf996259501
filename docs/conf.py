"""Settings of Sphinx, which makes the site: ``nox -s docs``. The pages are index.md's links."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

project = "hpybc"
copyright = "the authors of hpybc"
release = runpy.run_path(str(Path(__file__).parent.parent / "hpybc" / "version.py"))["__version__"]
html_title = f"hpybc {release}"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
nitpicky = True
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block"]
# Languages that Pygments does not know are shown as they are.
highlight_language = "none"

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
templates_path: list[str] = []
exclude_patterns = ["_static"]

#: An item of a list in an index page: the page that it links to.
_ITEM = re.compile(r"^- \[[^\]]+\]\(([\w./-]+)\.md\)", re.M)


def _add_navigation(app: Any, page: str, source: list[str]) -> None:
    """Puts the pages that an index page lists into the site's navigation, by section."""
    if page.rpartition("/")[2] != "index":
        return
    text = source[0]
    titles = re.split(r"^## (.+)$", text, flags=re.M)[1:]
    for title, section in zip(titles[::2], titles[1::2], strict=True):
        if pages := _ITEM.findall(section):
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n"
            source[0] += "\n".join(pages) + "\n```\n"


def setup(app: Any) -> None:
    """Sphinx calls this before it reads the pages."""
    app.connect("source-read", _add_navigation)
