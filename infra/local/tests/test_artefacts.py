"""The functions as they are built: in release, those that RELEASED names (all where it is empty); the dev build of all."""

import io
import os
import re
import subprocess
import zipfile

import pytest

import paths
import stage

# Two thirds of it are the SDK, its HTTP and its TLS.
LARGEST_ZIP = 2_900_000
# Amazon Linux 2023.
GLIBC = (2, 34)


RELEASED = os.environ.get("RELEASED", "").split() or paths.functions()


@pytest.fixture(params=RELEASED)
def bootstrap(request):
    return stage.released(stage.host_architecture()) / request.param / "bootstrap"


def test_the_zip_of_a_release_is_small(bootstrap):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for file in bootstrap.parent.iterdir():
            out.write(file, file.name)
    assert len(archive.getvalue()) <= LARGEST_ZIP


def test_a_release_has_the_operator_s_file_beside_it_where_it_reads_one(bootstrap):
    assert bootstrap.with_name("operator.json").exists() == stage.operated(bootstrap.parent.name)


def test_a_release_runs_with_the_c_library_of_lambda(bootstrap):
    needed = {tuple(map(int, found.split(b"."))) for found in re.findall(rb"GLIBC_(\d+\.\d+)", bootstrap.read_bytes())}
    assert needed and max(needed) <= GLIBC


@pytest.mark.parametrize("stage", [{}, {"VIGIE_STAGE": "local"}], ids=["without a stage", "local without an endpoint"])
def test_a_release_refuses_to_start_rather_than_call_aws(bootstrap, stage):
    refuses(bootstrap, stage)


@pytest.mark.parametrize("stage", [{}, {"VIGIE_STAGE": "local"}], ids=["without a stage", "local without an endpoint"])
@pytest.mark.parametrize("name", paths.functions())
def test_a_dev_build_refuses_to_start_rather_than_call_aws(name, stage):
    refuses(paths.ROOT / "target" / "debug" / name, stage)


def refuses(program, stage):
    """With everything else that a function gets, so that this is the reason."""
    env = {
        "PATH": os.defpath,
        "AWS_REGION": "eu-west-3",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
        "AWS_LAMBDA_FUNCTION_NAME": "test",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "TABLE_NAME": "table",
        "BUS_NAME": "bus",
        "TOKEN_KEYS": "secret",
        "MAIL_FROM": "vigie@example.org",
        "CONFIGURATION_SET": "set",
        "PORTAL_URL": "http://localhost",
        "MAIL_RATE": "14",
        "MAIL_WORKERS": "2",
        "ACCOUNT_MAIL_WORKERS": "2",
        "MAX_RECEIVES": "240",
    }
    ended = subprocess.run([program], env=env | stage, capture_output=True, text=True, timeout=10)
    assert ended.returncode != 0
    assert ("AWS_ENDPOINT_URL" if stage else "VIGIE_STAGE") in ended.stdout + ended.stderr
