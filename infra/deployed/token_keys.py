"""The keys of mailed links, by number, in the stack's secret: the highest signs (shared/domain/src/token.rs)."""

import json
import secrets

from target import Target


def secret(target: Target) -> str:
    return target.resources["AWS::SecretsManager::Secret"]["TokenKeys"]


def read(target: Target) -> dict[int, str]:
    content = target.client("secretsmanager").get_secret_value(SecretId=secret(target))["SecretString"]
    return {int(number): key for number, key in json.loads(content).items()}


def rotated(keys: dict[int, str], leaked: bool) -> dict[int, str]:
    """Returns the keys with a new one. The former ones stay, for unsubscribing and calendars, unless they leaked. No number comes twice."""
    return ({} if leaked else keys) | {max(keys) + 1: secrets.token_hex(32)}


def write(target: Target, keys: dict[int, str]) -> None:
    content = json.dumps({str(number): key for number, key in sorted(keys.items())})
    target.client("secretsmanager").put_secret_value(SecretId=secret(target), SecretString=content)
