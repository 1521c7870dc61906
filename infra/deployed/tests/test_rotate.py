"""`make rotate`, with Secrets Manager's wire played."""

import json

import pytest
import rotate
import token_keys
from conftest import resources_xml

ARN = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:TokenKeys-abcdef"
FORMER = {"1": "a" * 64, "2": "b" * 64}


@pytest.fixture
def secret(cloud):
    cloud["ListStackResources"] = (200, resources_xml(TokenKeys=("AWS::SecretsManager::Secret", ARN)))
    cloud["GetSecretValue"] = (200, {"ARN": ARN, "SecretString": json.dumps(FORMER)})
    cloud["PutSecretValue"] = (200, {"ARN": ARN})
    return cloud


def written(cloud) -> dict[str, str]:
    (body,) = (json.loads(body) for action, body in cloud["asked"] if action == "PutSecretValue")
    assert body["SecretId"] == ARN
    return json.loads(body["SecretString"])


def test_a_new_key_joins_the_former_ones_and_none_is_shown(secret, capsys):
    rotate.main("vigie-trial")
    keys = written(secret)
    assert {number: keys.pop(number) for number in FORMER} == FORMER
    assert list(keys) == ["3"] and len(keys["3"]) >= 32
    shown = capsys.readouterr().out
    assert "key 3" in shown and rotate.KEPT in shown
    assert not any(key in shown for key in [*FORMER.values(), keys["3"]])


def test_leaked_keys_go_and_no_number_comes_twice(secret, capsys):
    rotate.main("vigie-trial", "1")
    assert list(written(secret)) == ["3"]
    assert rotate.VOID in capsys.readouterr().out


def test_no_key_is_the_same_as_another(secret):
    made = {token_keys.rotated({1: ""}, leaked=True)[2] for _ in range(20)}
    assert len(made) == 20


@pytest.mark.parametrize("leaked", ["yes", "0", "true"])
def test_a_word_for_leaked_that_is_none_changes_nothing(secret, leaked):
    with pytest.raises(SystemExit):
        rotate.main("vigie-trial", leaked)
    assert not [action for action, _ in secret["asked"] if action == "PutSecretValue"]


def test_a_secret_that_cannot_be_read_is_not_overwritten(secret):
    secret["GetSecretValue"] = (400, {"__type": "AccessDeniedException", "message": "no"})
    with pytest.raises(SystemExit, match="AccessDenied"):
        rotate.main("vigie-trial")
    assert not [action for action, _ in secret["asked"] if action == "PutSecretValue"]
