"""The mail catcher's switches: what it tells the bus of mails, and whom it refuses, as SES would."""

import json
import os
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import paths
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

PATIENCE = 60.0
SENDER = "alertes@vigie.example"
AGENT = "claire.martin@strasbourg.example.fr"
SIMULATED = "success@simulator.amazonses.com"
WITHIN = "somebody@vigie.example"


class Catcher:
    """A catcher of its own, with a bus that only listens."""

    def __init__(self, told: list[dict], port: int):
        self.told = told
        far = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-west-3"}
        config = Config(proxies={}, retries={"total_max_attempts": 1})
        self.ses = boto3.client("sesv2", aws_access_key_id="test", aws_secret_access_key="test", config=config, **far)

    def mail(self, to: str) -> None:
        body = {"Text": {"Data": "text"}}
        content = {"Simple": {"Subject": {"Data": "subject"}, "Body": body}}
        self.ses.send_email(FromEmailAddress=SENDER, Destination={"ToAddresses": [to]}, Content=content)

    def bulk(self, *to: str) -> list[str]:
        content = {"Template": {"TemplateContent": {"Subject": "subject", "Text": "text"}, "TemplateData": "{}"}}
        entries = [{"Destination": {"ToAddresses": [each]}} for each in to]
        answer = self.ses.send_bulk_email(FromEmailAddress=SENDER, DefaultContent=content, BulkEmailEntries=entries)
        return [each["Status"] for each in answer["BulkEmailEntryResults"]]

    def told_of(self, to: str, count: int) -> list[str]:
        """What the bus was told of mails to an address, once there is as much as that."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = [each for each in self.told if json.loads(each["Detail"])["mail"]["destination"] == [to]]
            if len(found) >= count or time.monotonic() > deadline:
                return [each["DetailType"] for each in found]
            time.sleep(0.05)


@contextmanager
def catcher(**switches: str):
    told: list[dict] = []

    class Bus(BaseHTTPRequestHandler):
        def do_POST(self):
            told.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Entries"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"FailedEntryCount": 0}')

        def log_message(self, format, *arguments):
            pass

    bus = ThreadingHTTPServer(("127.0.0.1", 0), Bus)
    threading.Thread(target=bus.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    far = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{bus.server_port}", "AWS_REGION": "eu-west-3", "BUS_NAME": "bus", "MAIL_DOMAIN": "vigie.example"}
    argv = ["node", paths.HERE / "catcher.cjs", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(argv, env={"PATH": os.environ["PATH"]} | far | switches, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline and process.poll() is None, "the catcher does not listen"
            time.sleep(0.05)
        yield Catcher(told, port)
    finally:
        process.terminate()
        process.wait()
        bus.shutdown()


DELIVERED = ["Email Sent", "Email Delivered"]


def test_without_a_switch_only_the_simulator_s_mails_are_told_of():
    with catcher() as it:
        it.mail(AGENT)
        assert it.bulk(AGENT, SIMULATED) == ["SUCCESS", "SUCCESS"]
        assert it.told_of(SIMULATED, 2) == DELIVERED
        assert it.told_of(AGENT, 0) == []
        assert it.ses.get_account()["ProductionAccessEnabled"]


def test_with_deliveries_every_mail_is_told_to_be_delivered():
    with catcher(DELIVERIES="1") as it:
        it.mail(AGENT)
        assert it.told_of(AGENT, 2) == DELIVERED
        it.bulk(AGENT, "bounce@simulator.amazonses.com")
        assert it.told_of(AGENT, 4) == DELIVERED * 2
        assert it.told_of("bounce@simulator.amazonses.com", 2) == ["Email Sent", "Email Bounced"]


def test_in_the_sandbox_mails_reach_the_own_domain_and_the_simulator():
    with catcher(SANDBOX="1") as it:
        with pytest.raises(ClientError, match="MessageRejected"):
            it.mail(AGENT)
        it.mail(WITHIN)
        assert it.bulk(AGENT, SIMULATED, AGENT, WITHIN) == ["MESSAGE_REJECTED", "SUCCESS", "MESSAGE_REJECTED", "SUCCESS"]
        assert it.told_of(SIMULATED, 2) == DELIVERED
        assert not it.ses.get_account()["ProductionAccessEnabled"]


def test_above_the_daily_quota_nothing_is_taken():
    with catcher(DAILY_QUOTA="3") as it:
        it.mail(AGENT)
        refused = "ACCOUNT_DAILY_QUOTA_EXCEEDED"
        assert it.bulk(AGENT, SIMULATED, AGENT) == ["SUCCESS", "SUCCESS", refused]
        with pytest.raises(ClientError, match="LimitExceeded"):
            it.mail(AGENT)
        assert it.bulk(AGENT) == [refused]
        assert it.ses.get_account()["SendQuota"]["SentLast24Hours"] == 3
