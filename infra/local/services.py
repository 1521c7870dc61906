"""The processes of the local stack: the AWS emulator, the mail catcher and its JSON view."""

import json
import os
import shutil
import socket
import sys
import urllib.error

import aws
import paths
import processes
from api import OPENER
from processes import Process
from progress import StackError, step

RECORD = paths.STATE / "processes.json"
SCRATCH = paths.STATE / "tmp"
# The emulator serves an API under `http://<id>.execute-api.localhost` only when the id is eight hexadecimal digits.
API_ID = "71617e00"
# The bus has the stack's name, as in the template.
STACK = "vigie-local"
MAIL_DOMAIN = "vigie.example"
PORTS = ("emulator", "inbox", "mails")
# Of the mail catcher: `catcher.cjs` says what each is for.
SWITCHES = ("DELIVERIES", "SANDBOX", "DAILY_QUOTA")

class Services:
    """The running services, read from and written to the state directory."""

    def __init__(self, record: dict):
        self.record = record
        ports = record["ports"]
        self.aws = f"http://127.0.0.1:{ports['emulator']}"
        self.inbox = f"http://127.0.0.1:{ports['inbox']}"
        self.mails = f"http://127.0.0.1:{ports['mails']}/mails"
        self.portal = f"http://{API_ID}.execute-api.localhost:{ports['emulator']}"

    @property
    def processes(self) -> list[Process]:
        return list(self.record["processes"].values())

    @property
    def probes(self) -> dict[str, str]:
        return {
            "emulator": f"{self.aws}/_ministack/ready",
            "inbox": f"{self.inbox}/health-check",
            "mails": self.mails,
        }

    def complete(self) -> bool:
        """Returns true if every service runs, and also the `make run` that started them, if one did."""
        owner = self.record["owner"]
        running = self.record["processes"]
        return (
            set(running) == set(PORTS)
            and all(processes.alive(process) for process in running.values())
            and (owner is None or processes.alive(owner))
        )

    def answering(self) -> bool:
        return all(_answers(url) for url in self.probes.values())

    def client_environment(self) -> dict[str, str]:
        """Adds to the shell's environment what sends AWS clients to this stack and nowhere else."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return env | aws.CREDENTIALS | {
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ENDPOINT_URL_SESV2": self.inbox,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def write(self) -> None:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        draft = RECORD.with_suffix(".draft")
        draft.write_text(json.dumps(self.record, indent=2))
        draft.replace(RECORD)


def recorded() -> Services | None:
    """Returns the state directory's record; the services need not run any more."""
    try:
        return Services(json.loads(RECORD.read_text()))
    except (FileNotFoundError, ValueError, KeyError):
        return None


def start(port: int | None, owner: Process | None) -> Services:
    """Starts everything on 127.0.0.1 and returns when all of it answers."""
    ports = _fixed_ports(port) if port else _free_ports()
    services = Services({"owner": owner, "ports": ports, "processes": {}})
    for earlier in (SCRATCH, paths.LOGS):
        shutil.rmtree(earlier, ignore_errors=True)
    with step("Starting the AWS emulator and the mail catcher"):
        try:
            for name, (argv, env) in _commands(services).items():
                services.record["processes"][name] = processes.start(argv, env, paths.LOGS / f"{name}.log")
                # Written at once: a crash here must leave nothing that `make down` does not know.
                services.write()
            for name, url in services.probes.items():
                process, log = services.record["processes"][name], paths.LOGS / f"{name}.log"
                processes.wait_until(lambda url=url: _answers(url), name, process, log)
        except BaseException:
            stop(services)
            raise
    return services


def stop(services: Services) -> None:
    processes.stop(services.processes)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    RECORD.unlink(missing_ok=True)


def _commands(services: Services) -> dict[str, tuple[list[str], dict[str, str]]]:
    ports = {name: str(number) for name, number in services.record["ports"].items()}
    SCRATCH.mkdir(parents=True, exist_ok=True)
    # Nothing of the shell's environment: a function that found real credentials or another
    # endpoint in it would leave this machine.
    base = {
        "PATH": os.defpath,
        "HOME": str(SCRATCH),
        "TMPDIR": str(SCRATCH),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        # What a run of the checks started ends with it.
        **{name: value for name, value in os.environ.items() if name == processes.OWNER},
    }
    emulator = base | aws.CREDENTIALS | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": ports["emulator"],
        "MINISTACK_REGION": aws.REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "STATE_DIR": str(SCRATCH / "state"),
        "S3_DATA_DIR": str(SCRATCH / "s3"),
        # It removes containers of its kind when it starts and ends; those of other people are none of our business.
        "DOCKER_HOST": f"unix://{SCRATCH}/no-docker.sock",
        "LOG_LEVEL": "WARNING",
        # Handed on to the functions, which refuse to start locally without it.
        "AWS_ENDPOINT_URL": services.aws,
        "AWS_ENDPOINT_URL_SESV2": services.inbox,
    }
    node = base | {
        "PATH": os.environ.get("PATH", os.defpath),
        "AWS_SES_STRICT_TEMPLATE_RENDERING": "true",
        # SES's mailbox simulator says here what happened to a mail.
        "AWS_ENDPOINT_URL": services.aws,
        "AWS_REGION": aws.REGION,
        "BUS_NAME": STACK,
        "MAIL_DOMAIN": MAIL_DOMAIN,
    } | {name: os.environ.get(name, "") for name in SWITCHES}
    return {
        "emulator": ([str(paths.VENV_BIN / "python"), str(paths.HERE / "emulator.py")], emulator),
        "inbox": (["node", str(paths.HERE / "catcher.cjs"), "--host", "127.0.0.1", "--port", ports["inbox"]], node),
        "mails": ([sys.executable, str(paths.HERE / "mails.py"), ports["mails"], services.inbox], base),
    }


def _answers(url: str) -> bool:
    try:
        with OPENER.open(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _free_ports() -> dict[str, int]:
    held = {name: socket.socket() for name in PORTS}
    try:
        for holder in held.values():
            holder.bind(("127.0.0.1", 0))
        return {name: holder.getsockname()[1] for name, holder in held.items()}
    finally:
        for holder in held.values():
            holder.close()


def _fixed_ports(first: int) -> dict[str, int]:
    ports = {name: first + offset for offset, name in enumerate(PORTS)}
    for number in ports.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as error:
                raise StackError(f"port {number} is taken: choose another PORT, or none ({error})") from error
    return ports
