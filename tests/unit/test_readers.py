"""Files to text, and what is said of a file that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coach.bank.folder import find_documents
from coach.bank.readers import read_text
from coach.errors import DocumentError
from coach.settings import Settings

PROSE = "What is a naïve façade?\n\nA front that says “yes” to all, at a cost of £5 – or more. Déjà vu, señor: the café’s crème brûlée.\n"


def written(folder: Path, data: bytes | str, name: str = "notes.txt") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_by_its_marks_without_a_warning(tmp_path: Path, encoding: str) -> None:
    source = read_text(written(tmp_path, PROSE.encode(encoding)), Settings())
    assert (source.text, source.kind, source.warnings) == (PROSE, "text", ())


def test_an_older_encoding_is_guessed_and_the_guess_is_named(tmp_path: Path) -> None:
    source = read_text(written(tmp_path, PROSE.encode("cp1252")), Settings())
    assert source.text == PROSE
    assert "read as cp1252" in source.warnings[0]


def test_the_encoding_that_a_page_declares_is_believed(tmp_path: Path) -> None:
    page = '<html><head><meta charset="iso-8859-2"></head><body><p>Co to jest żółw? Zażółć gęślą jaźń.</p></body></html>'
    source = read_text(written(tmp_path, page.encode("iso-8859-2"), "page.html"), Settings())
    assert source.text == "Co to jest żółw? Zażółć gęślą jaźń."
    assert "iso-8859-2" in source.warnings[0]


def test_a_few_broken_bytes_do_not_spoil_a_unicode_file(tmp_path: Path) -> None:
    source = read_text(written(tmp_path, PROSE.encode() * 2 + b"\xff end"), Settings())
    assert source.text.startswith(PROSE)
    assert "1 characters are not valid UTF-8" in source.warnings[0]


BAD = {
    "an empty file": ("notes.txt", b"", "is empty"),
    "only white space": ("notes.md", b" \n\t\n", "is empty"),
    "an image": ("notes.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 50, "binary"),
    "control characters": ("notes.txt", bytes(range(1, 32)) * 40, "binary"),
    "UTF-16 that breaks off": ("notes.txt", PROSE.encode("utf-16")[:-1], "breaks off"),
    "an unknown suffix": ("notes.xyz", b"What is it?", "`.xyz` files cannot be read. Save it as one of .md"),
    "no suffix": ("notes", b"What is it?", "Files without a suffix"),
    "a page of scripts": ("page.html", b"<html><script>alert('What is it?')</script></html>", "holds no text"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    name, data, message = BAD[case]
    with pytest.raises(DocumentError, match=name.replace(".", r"\.")) as caught:
        read_text(written(tmp_path, data, name), Settings())
    assert message in str(caught.value)


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)  # takes no room on the disk, and would take long to read
    with pytest.raises(DocumentError, match=r"has 200\.0 MB; the limit is 20 MB"):
        read_text(path, Settings())


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="There is no file"):
        read_text(tmp_path / "gone.txt", Settings())
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(DocumentError, match="is a folder"):
        read_text(tmp_path / "folder.txt", Settings())
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.txt")
        with pytest.raises(DocumentError, match="not an ordinary file"):
            read_text(tmp_path / "pipe.txt", Settings())


def test_a_web_page_saved_as_text_is_read_as_a_web_page(tmp_path: Path) -> None:
    source = read_text(written(tmp_path, "<!DOCTYPE html><p>Hello <b>you</b><script>x()</script></p>"), Settings())
    assert (source.kind, source.text) == ("html", "Hello **you**")


def test_characters_that_hide_or_reorder_text_are_dropped(tmp_path: Path) -> None:
    source = read_text(written(tmp_path, "pass\u200bword \u202eevil\u202c\u00a0end\r\nnext"), Settings())
    assert source.text == "password evil end\nnext"


def test_a_page_nested_very_deep_is_read(tmp_path: Path) -> None:
    page = "<html>" + "<div>" * 20_000 + "deep" + "</div>" * 20_000
    assert read_text(written(tmp_path, page, "deep.html"), Settings()).text == "deep"


def test_a_folder_is_walked_for_known_files_and_links_do_not_lead_out(tmp_path: Path) -> None:
    folder = tmp_path / "bank"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    secret = written(tmp_path, "What is secret?\n\nThis.", "secret.txt")
    for name in ("b.md", "a.txt", "sub/c.html", "data.bin", ".hidden.md", ".git/x.md"):
        written(folder, "text", name)
    (folder / "link.txt").symlink_to(secret)
    (folder / "outside").symlink_to(tmp_path, target_is_directory=True)
    (folder / "broken.md").symlink_to(folder / "gone.md")
    assert [found.name for found in find_documents(folder)] == ["a.txt", "b.md", "sub/c.html"]


def test_a_folder_without_documents_says_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="holds no document that can be read"):
        find_documents(tmp_path)
