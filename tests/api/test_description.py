"""The description that is served as linters see it, and what they do not look at."""

import json

from conftest import BIN, HERE, run

METHODS = ("get", "put", "post", "patch", "delete", "head", "options")


def operations(described):
    for path, item in json.loads(described.read_text(encoding="utf-8"))["paths"].items():
        yield from ((f"{method.upper()} {path}", item[method]) for method in METHODS if method in item)


def schemas(value, name=""):
    """Every schema in a value, with the member that it is."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("schema", "items", "additionalProperties"):
                yield f"{name}.{key}", inner
            if key in ("properties", "schemas"):
                yield from ((f"{name}.{key}.{field}", schema) for field, schema in inner.items())
            yield from schemas(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from schemas(inner, f"{name}[{index}]")


def test_redocly_finds_nothing(described):
    printed = run(BIN / "redocly", "lint", described, "--config", HERE / "redocly.yaml", "--format", "json")
    totals = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])["totals"]
    assert totals["errors"] == totals["warnings"] == 0, printed


def test_spectral_finds_nothing(described):
    run(BIN / "spectral", "lint", described, "--ruleset", HERE / ".spectral.yaml", "--fail-severity", "hint")


def test_the_parser_of_asyncapi_s_own_commands_finds_nothing(events):
    assert json.loads(run("node", HERE / "asyncapi.mjs", events)) == []


def test_the_parser_of_asyncapi_s_own_commands_finds_what_is_wrong(events, tmp_path):
    document = json.loads(events.read_text(encoding="utf-8"))
    document["operations"]["tell"]["messages"].append({"$ref": "#/channels/procurement/messages/TenderReceived"})
    wrong = tmp_path / "asyncapi.json"
    wrong.write_text(json.dumps(document), encoding="utf-8")
    assert json.loads(run("node", HERE / "asyncapi.mjs", wrong)) != []


def test_every_operation_has_a_name_a_summary_a_description_a_tag_and_says_whom_it_lets_in(described):
    names = set()
    for key, operation in operations(described):
        assert operation["operationId"] not in names, key
        names.add(operation["operationId"])
        assert operation["summary"] and operation["description"] and len(operation["tags"]) == 1, key
        assert operation["security"] in ([], [{"login": []}], [{"machine": []}]), key


def test_every_body_has_an_example(described):
    for key, operation in operations(described):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media_type, content in body.get("content", {}).items():
                assert content.get("example") is not None, (key, media_type)


def test_no_schema_is_a_boolean(described):
    found = dict(schemas(json.loads(described.read_text(encoding="utf-8"))))
    assert found and not [name for name, schema in found.items() if schema is True]
    # Closed objects are the only place where one says something that nothing else does.
    assert all(name.endswith("additionalProperties") for name, schema in found.items() if schema is False)


def test_the_gateway_s_own_answers_are_as_they_are(described):
    for key, operation in operations(described):
        assert "application/json" in operation["responses"]["429"]["content"], key
        if operation["security"]:
            assert set(operation["responses"]["401"]["content"]) == {"application/json", "application/problem+json"}, key


def test_a_patch_requires_nothing(described):
    document = json.loads(described.read_text(encoding="utf-8"))
    patches = [(key, operation) for key, operation in operations(described) if key.startswith("PATCH ")]
    assert patches
    for key, operation in patches:
        reference = operation["requestBody"]["content"]["application/merge-patch+json"]["schema"]["$ref"]
        assert "required" not in document["components"]["schemas"][reference.rsplit("/", 1)[1]], key


def test_schemas_are_named_by_words_of_the_field(described):
    names = json.loads(described.read_text(encoding="utf-8"))["components"]["schemas"]
    assert not {"Item", "List", "Shown", "Wanted", "Patch", "Record", "What"} & set(names)
    # A number stands where two types have one name.
    assert not [name for name in names if name[-1].isdigit()]
