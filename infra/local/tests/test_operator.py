"""The operator's file: laid beside what makes pages and mails, and refused where people could not read its colours."""

import json
import subprocess
import zipfile

import pytest

import paths
import stage
from progress import StackError

DEMO = json.loads(stage.DEMO_OPERATOR.read_text(encoding="utf-8"))
PAGES_AND_MAILS = {"accounts", "entities", "favourites", "intake", "mailer", "portal", "preferences"}


@pytest.fixture
def laid(tmp_path, monkeypatch):
    """Lays a file beside functions as `make run` does; returns the folder of one."""

    def lay(particulars: dict):
        file = tmp_path / "given.json"
        file.write_text(json.dumps(particulars), encoding="utf-8")
        monkeypatch.setenv("OPERATOR", str(file))
        folder = tmp_path / "portal"
        folder.mkdir(exist_ok=True)
        stage.lay_operator(stage.DEMO_OPERATOR, [folder])
        return folder

    return lay


def test_it_goes_to_what_makes_pages_and_mails_and_to_nothing_else():
    assert {name for name in paths.functions() if stage.operated(name)} == PAGES_AND_MAILS


def test_one_file_changes_the_operator(laid):
    folder = laid(DEMO)
    assert json.loads((folder / "operator.json").read_text(encoding="utf-8")) == DEMO
    laid(DEMO | {"name": "Un autre exploitant"})
    assert json.loads((folder / "operator.json").read_text(encoding="utf-8"))["name"] == "Un autre exploitant"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"colours": {"light": "#ffcc00", "dark": "#d3b8ff"}}, "#ffcc00 has a contrast of 1.3"),
        ({"colours": {"light": "#5b2a86", "dark": "#5b2a86"}}, "#5b2a86 has a contrast of 1."),
        ({"colours": {"light": "violet", "dark": "#d3b8ff"}}, "must be a colour such as #1f4e8c"),
        ({"nom": "x"}, "unknown field `nom`"),
    ],
)
def test_what_no_function_would_take_or_nobody_could_read_is_not_laid(laid, wrong, said):
    folder = laid(DEMO)
    with pytest.raises(StackError, match="the operator's particulars are refused") as refused:
        laid(DEMO | wrong)
    assert said in str(refused.value)
    assert json.loads((folder / "operator.json").read_text(encoding="utf-8")) == DEMO


def test_what_is_lacking_is_named(laid, capfd):
    laid(DEMO | {"director": None, "help": {}})
    assert "lacks help.telephone, help.hours, help.mail, help.guides, director" in "".join(capfd.readouterr())


def test_a_zip_holds_it_beside_its_bootstrap(laid, tmp_path, monkeypatch):
    folder = laid(DEMO)
    (folder / "bootstrap").write_bytes(b"program")
    monkeypatch.setattr(paths, "ARTEFACTS", tmp_path)
    monkeypatch.setattr(stage, "TARGET", tmp_path)
    archive = stage.zip_up("x86_64", {"portal": folder / "bootstrap"})[0]
    with zipfile.ZipFile(archive) as made:
        assert made.namelist() == ["bootstrap", "operator.json"]
        assert json.loads(made.read("operator.json")) == DEMO


def test_the_reader_is_the_functions_own():
    """The demo's file lacks nothing; the one to fill in lacks all."""
    program = [str(stage.TARGET / "debug" / "operator")]
    read = lambda file: subprocess.run([*program, str(file)], capture_output=True, text=True, check=True).stdout.split()
    assert read(stage.DEMO_OPERATOR) == []
    assert len(read(paths.ROOT / "infra" / "operator.json")) > 20
