"""AWS clients that can reach nothing but a local stack."""

from threading import Lock

import boto3
from botocore.config import Config

REGION = "eu-west-3"

# Credentials for the emulator; real ones must never come near it.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}


_clients: dict[tuple[str, str], object] = {}
_making = Lock()


def client(service: str, endpoint: str):
    """A client, which threads may share; making one takes long and must not happen in two threads at once."""
    with _making:
        if (service, endpoint) not in _clients:
            _clients[service, endpoint] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=endpoint,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                # A proxy of the shell's must not see what stays on this machine.
                config=Config(proxies={}),
            )
        return _clients[service, endpoint]
