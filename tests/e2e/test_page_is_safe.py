"""What a candidate or a document writes stays text, and the server keeps its files."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pages
import pytest
from browsing import Server, Tab
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.model]

ATTACK = (
    "<script>window.hit = 1</script><img src=x onerror=\"window.hit = 1\"><a href='javascript:window.hit=1'>a</a> "
    "[link](javascript:window.hit=1) ![i](http://example.com/i.png) <iframe src='http://example.com'></iframe> ${window.hit = 1} {{hit}}"
)


def unharmed(page: Page) -> None:
    """Nothing ran, and nothing that could run was made."""
    assert page.evaluate("window.hit") is None
    for tag in ("script", "img", "iframe"):
        assert page.locator(f".html-container {tag}").count() == 0
    assert page.locator("a[href^='javascript:'], [onerror], [onload]").count() == 0


def test_an_answer_stays_text(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url)
    pages.answer(page, ATTACK)
    expect(page.get_by_role("log")).to_contain_text("<script>window.hit = 1</script>")
    pages.settled(page)
    unharmed(page)
    if page.locator("#ic-next").is_visible():
        page.locator("#ic-next").click()
    page.get_by_role("button", name="End interview").click()
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    unharmed(page)


def test_a_document_its_name_and_its_bank_stay_text(server: Server, tab: Tab, tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=hit=1>.md"
    path.write_text(
        f"# Notes\n\n## What is {ATTACK}?\n\nIt is {ATTACK}. A second sentence says why it matters to a team.\n", encoding="utf-8"
    )
    page = tab.page
    pages.visit(page, server.url)
    pages.drop(page, path)
    expect(page.locator(".ic-found, [role=alert]").first).to_be_visible()
    unharmed(page)
    if page.get_by_role("button", name="Accept these questions").is_visible():
        page.get_by_label("Name of the bank").fill("<img src=x onerror=hit=1>")
        page.get_by_role("button", name="Accept these questions").click()
        expect(page.get_by_text("in the bank “img-src-x-onerror-hit-1”")).to_be_visible()
        unharmed(page)
        page.get_by_role("tab", name="Interview").click()
        page.get_by_label("Question bank").click()
        page.get_by_role("option", name="img-src-x-onerror-hit-1 (1)").click()
        page.get_by_role("button", name="Start the interview").click()
        expect(pages.question(page)).to_be_visible()
        unharmed(page)


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_file_route_does_not_serve_the_home(server: Server) -> None:
    for path in (server.home / "coach.db", server.home / "server.log", Path("/etc/passwd"), server.home / "uploads" / ".." / "coach.db"):
        assert status_of(f"{server.url}/gradio_api/file={quote(str(path))}") in (403, 404)


def test_the_server_fetches_nothing_for_the_browser(server: Server) -> None:
    for path in ("file=http://example.com/", "file=https://example.com/", "proxy=http://example.com/"):
        assert status_of(f"{server.url}/gradio_api/{path}") == 404


def test_an_upload_cannot_leave_its_folder(server: Server) -> None:
    boundary = "b0undary"
    part = 'Content-Disposition: form-data; name="files"; filename="../../../../escaped.md"'
    body = f"--{boundary}\r\n{part}\r\n\r\nhello\r\n--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(f"{server.url}/gradio_api/upload", data=body, headers=kind)
    with urllib.request.urlopen(request, timeout=10) as reply:
        (saved,) = json.loads(reply.read())
    assert Path(saved).resolve().is_relative_to((server.home / "uploads").resolve())


def test_the_page_may_connect_to_its_own_server_only(server: Server) -> None:
    with urllib.request.urlopen(server.url, timeout=10) as reply:
        policy = reply.headers["content-security-policy"]
        assert "connect-src 'self'" in policy
        assert "default-src 'self'" in policy
        assert reply.headers["referrer-policy"] == "no-referrer"


def test_health_says_what_is_loaded(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/health", timeout=10) as reply:
        health = json.loads(reply.read())
    assert health["status"] == "ok"
    assert health["graders"]["fast"] == "ready"
    assert health["versions"]["gradio"]


def test_the_log_holds_no_answer(server: Server, tab: Tab) -> None:
    page = tab.page
    pages.start(page, server.url)
    pages.answer(page, "A sentence with the word heliotropism in it.")
    pages.settled(page)
    assert "heliotropism" not in server.log()
