"""Links between the documents lead to files and headings that are there. Links to other sites are not followed: tests need no network."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt

import paths

OTHERS = {"node_modules", "target", ".tools", ".local"}
DOCUMENTS = sorted(path for path in paths.ROOT.rglob("*.md") if not OTHERS & set(path.relative_to(paths.ROOT).parts))


def _inline(path: Path):
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(path.read_text("utf-8")):
        if token.type == "inline":
            yield token


def links(path: Path) -> list[str]:
    children = [child for token in _inline(path) for child in token.children]
    return [str(child.attrs.get("href") or child.attrs.get("src")) for child in children if child.type in ("link_open", "image")]


@cache
def anchors(path: Path) -> set[str]:
    """Returns the names of a document's headings, as the sites that show Markdown make them."""
    tokens = MarkdownIt("commonmark").parse(path.read_text("utf-8"))
    titles = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "heading_open"]
    plain = ["".join(child.content for child in title.children) for title in titles]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}


def broken(path: Path) -> list[str]:
    found = []
    for link in links(path):
        url = urlsplit(link)
        target = (path.parent / unquote(url.path)).resolve() if url.path else path
        if url.scheme or url.netloc:
            continue
        if not target.exists() or not target.is_relative_to(paths.ROOT):
            found.append(link)
        elif url.fragment and target.suffix == ".md" and url.fragment not in anchors(target):
            found.append(link)
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(paths.ROOT)))
def test_every_link_leads_somewhere(path):
    assert broken(path) == []


def test_a_broken_link_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "b.md").write_text("# Two words, `three`\n")
    (tmp_path / "a.md").write_text("# A\n[1](b.md#two-words-three) [2](b.md#no) [3](no.md) ![4](no.png) [5](#a) [6](../x) [7](https://example.org/no)\n")
    assert broken(tmp_path / "a.md") == ["b.md#no", "no.md", "no.png", "../x"]
