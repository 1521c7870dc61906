"""The project's own benchmark: what each function on the two main ways costs, as deployed.

    make bench [FOLLOWERS=1000] [ROUNDS=3] [SIZES="10 1000 10000"] [AGENTS=2000]
    make bench AGENTS=2000 ONLY=load    the first load alone
    make bench PEOPLE=100000 ONLY=search    searches by name alone

R1: `POST /v1/confirmations` (one read, one transaction). R2: one fact to FOLLOWERS agents (`alerts`, then `mailer` in
batches of 50). CPU is the process's own clock on one core, the figure to trust on a shared machine; every round starts
with an empty table, because the engine slows down as transaction tokens add up. Then the favourites and the digest of so many
agents, a portal's first load of AGENTS (scale.py), and searches among PEOPLE (people.py).
"""

import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

import boto3

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "infra" / "local"))

import people
import scale
import seed
import stage

BIN = Path(os.environ.get("BENCH_BIN") or ROOT / "target" / "bench" / "release")
# Other binaries than `make bench` builds: BOOTSTRAPS=<folder of <function>/bootstrap or of <function>>.
ARTEFACTS = Path(os.environ.get("BOOTSTRAPS") or stage.released(stage.host_architecture()))
PEER = Path(os.environ.get("BENCH_PEER") or stage.released(stage.host_architecture()) / "bench-peer" / "bootstrap")
PEERS = ("minimal Rust", "Python")
# Names that the yardsticks use for the benchmarks.
WAYS = {"R1": "change", "R2": "fan-out"}
ACCESS = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench", "region_name": "eu-west-3"}
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bootstrap(function: str) -> Path:
    staged = ARTEFACTS / function / "bootstrap"
    return staged if staged.exists() else ARTEFACTS / function


def command(function: str) -> list[Path | str]:
    """A function of this project, or a yardstick: the same work with as little as it takes."""
    match function.split(", "):
        case ["minimal Rust", way]:
            return [PEER, WAYS[way]]
        case ["Python", way]:
            return [sys.executable, HERE / "peer" / "peer.py", WAYS[way]]
    return [bootstrap(function)]


@contextmanager
def server(program: str, *arguments: str):
    port = free_port()
    process = subprocess.Popen([BIN / program, str(port), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def measure(
    function: str, events: list[dict], table: str, stub: str, n: int, warmup: int, cold: int, expect: int = 0, more: tuple[str, ...] = ()
) -> dict:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(events, file)
        file.flush()
        env = {
            "VIGIE_STAGE": "local",
            "TABLE_NAME": seed.TABLE,
            "TOKEN_KEYS": "bench",
            "BUS_NAME": "bench",
            "JWT_AUDIENCE": "bench",
            "MAIL_FROM": "alertes@example.fr",
            "PORTAL_URL": "https://vigie.example.fr",
            "MAIL_RATE": "100000000",
            "MAIL_WORKERS": "1",
            "ACCOUNT_MAIL_WORKERS": "1",
            "MAX_RECEIVES": "10",
            "RETENTION_MONTHS": "12",
            "AWS_ENDPOINT_URL": table,
            "AWS_ENDPOINT_URL_EVENTBRIDGE": stub,
            "AWS_ENDPOINT_URL_SESV2": stub,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": stub,
        }
        harness = [BIN / "lambda-harness", "--events", file.name, "-n", str(n), "--warmup", str(warmup), "--cold", str(cold)]
        harness += ["--expect", str(expect), "--cpu", "1" if (os.cpu_count() or 1) > 1 else "0", "--timeout", "120", "--clean-env", *more]
        for name, value in env.items():
            harness += ["--env", f"{name}={value}"]
        done = subprocess.run([*harness, "--", *command(function)], capture_output=True, text=True)
    result = json.loads(done.stdout or "{}")
    if done.returncode or "error" in result:
        sys.exit(f"{function}: {done.stdout[:2000]}{done.stderr[:2000]}")
    return result


def zip_size(function: str) -> int:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(bootstrap(function), "bootstrap")
    return len(buffer.getvalue())


def one_round(followers: int) -> dict[str, tuple[dict, int]]:
    """Each function's figures, and how many invocations make one piece of work."""
    batches = -(-followers // 50)
    facts = 9
    rounds = {}

    def run(function: str, items: list[dict], events: list[dict], per_work: int, **how) -> dict:
        with server("table") as table, server("aws-stub") as stub:
            dynamodb = boto3.client("dynamodb", endpoint_url=table, **ACCESS)
            seed.create(dynamodb)
            seed.put(table, items)
            rounds[function] = measure(function, events, table, stub, **how), per_work
            return read(f"{stub}/_stats")

    items, events = seed.confirmations(620)
    run("accounts", items, events, 1, n=500, warmup=100, cold=5, expect=200)
    items = seed.followed(followers, facts + 10)
    run("alerts", items, [seed.recorded(fact) for fact in range(facts)], 1, n=5, warmup=1, cold=2)
    events = [seed.due(fact, 50 * batch, followers) for fact in range(facts) for batch in range(batches)]
    n = 5 * batches
    stats = run("mailer", items, events, batches, n=n, warmup=batches, cold=2)
    mails = min(50, followers) * 2 + followers * (len(events[: n + batches]) // batches)
    if stats["duplicates"] or stats["mails"] < mails:
        sys.exit(f"mailer: {stats} (at least {mails} mails wanted)")
    run("consultations", items, [seed.tender(number) for number in range(400)], 1, n=200, warmup=50, cold=3)
    for peer in PEERS:
        run(f"{peer}, R1", seed.peer(620, 0), seed.changes(620), 1, n=500, warmup=100, cold=5, expect=200)
        stats = run(f"{peer}, R2", seed.peer(0, followers), seed.told(facts), 1, n=5, warmup=1, cold=2, expect=200)
        if stats["mails"] < followers * 7:
            sys.exit(f"{peer}: {stats}")
    run("publisher", [], [seed.stream(number) for number in range(200)], -(-2 * followers // 100), n=60, warmup=20, cold=3)
    return rounds


def story(count: int, load: bool = False) -> list[dict]:
    """Favourites and digest of so many agents, or their first load: each function's figures."""
    rows = []
    with server("table", "count") as table, server("aws-stub") as stub:
        dynamodb = boto3.client("dynamodb", endpoint_url=table, **ACCESS)
        seed.create(dynamodb)

        def run(flow: str, function: str, events: list[dict], warmup: int, pause: int = 0) -> None:
            n = len(events) - warmup
            more = ("--reset", f"{table}/_reset", "--reset", f"{stub}/_reset", "--pause", str(pause))
            # The process's first invocation is one of those that warm it up.
            warm = measure(function, events, table, stub, n, warmup - 1, 0, more=more)["warm"]
            calls, answered = read(f"{table}/_stats"), read(f"{stub}/_stats")
            rows.append(
                {
                    "flow": flow,
                    "function": function,
                    "invocations": n,
                    "calls": calls,
                    "ses": answered["calls"],
                    "bus": answered["put_events"],
                    "cpu": warm["cpu_ms_per_invocation"] * n,
                    "wall": warm["latency_ms"]["mean"] * n,
                    "rss": warm["peak_rss_mib"],
                }
            )
            expected = {"alerts": ("events", -(-count // 50)), "mailer": ("mails", count)}.get(function)
            if answered["duplicates"] or expected and answered[expected[0]] != expected[1]:
                sys.exit(f"{function}, {count} agents: {answered}")

        put = lambda items: seed.put(table, items)
        if load:
            scale.first_load(count, put, run, lambda: seed.names(dynamodb))
        else:
            scale.story(count, put, run)
    return rows


def read(url: str) -> dict:
    with OPENER.open(url) as answer:
        return json.load(answer)


def print_stories(sizes: list[int], rounds: int) -> None:
    """A line for each function and number of agents. Per agent the cost settles as they become many; RSS stays."""
    stories = {}
    for size in sizes:
        # With many agents the machine's noise matters little.
        for number in range(rounds if size <= 1000 else 1):
            print(f"{size} agents, round {number + 1} …", file=sys.stderr, flush=True)
            stories.setdefault(size, []).append(story(size))
    print_rows(stories)


def print_first_load(agents: int) -> None:
    """Agents a minute, and what each costs: the word on them, and what waits for their name."""
    print(f"first load of {agents} agents …", file=sys.stderr, flush=True)
    rows = story(agents, load=True)
    print_rows({agents: [rows]})
    each = sum(row["wall"] for row in rows) / agents
    calls = sum(sum(row["calls"].values()) for row in rows) / agents
    print(f"first load: {each:.2f} ms and {calls:.1f} calls of the table an agent; {60_000 / each:.0f} agents a minute, one at a time")


def print_searches(count: int) -> None:
    """The time and the calls that a search by name takes in an organisation of so many."""
    print(f"searches among {count} people …", file=sys.stderr, flush=True)
    with server("table", "count") as table, server("aws-stub") as stub:
        seed.create(boto3.client("dynamodb", endpoint_url=table, **ACCESS))

        def run(what: str, function: str, events: list[dict], warmup: int) -> None:
            n = len(events) - warmup
            warm = measure(function, events, table, stub, n, warmup - 1, 0, expect=200, more=("--reset", f"{table}/_reset"))["warm"]
            calls = sum(read(f"{table}/_stats").values()) / n
            time = warm["latency_ms"]
            print(
                f"search: {what:6} {function:9} p50 {time['p50']:7.2f} ms, p99 {time['p99']:7.2f} ms, {calls:.1f} calls of the table,"
                f" {warm['cpu_ms_per_invocation']:.2f} ms of CPU"
            )

        people.story(count, lambda items: seed.put(table, items), run)


def print_rows(stories: dict[int, list[list[dict]]]) -> None:
    columns = f"{'agents':>7} {'flow':7} {'function':14} {'calls':>6} {'CPU':>11} {'wall':>11} {'peak RSS':>9} {'CPU/agent':>10}"
    print(f"\n{columns}  DynamoDB, SES, bus")
    for position in range(len(next(iter(stories.values()))[0])):
        for size, played in stories.items():
            rows = [rows[position] for rows in played]
            row, figure = rows[0], lambda name: statistics.median(row[name] for row in rows)
            calls = [f"{count} {operation}" for operation, count in sorted(row["calls"].items())]
            calls += [f"{row[name]} {name}" for name in ("ses", "bus") if row[name]]
            print(
                f"{size:7} {row['flow']:7} {row['function']:14} {row['invocations']:6} {figure('cpu'):8.1f} ms {figure('wall'):8.1f} ms"
                f" {figure('rss'):5.1f} MiB {1000 * figure('cpu') / size:7.1f} µs  {', '.join(calls)}"
            )


def print_ratios(rounds: list[dict[str, tuple[dict, int]]]) -> None:
    """The two main ways beside the same work with as little as it takes, which keeps half of the promises."""
    cpu = lambda name: statistics.median(each[name][0]["warm"]["cpu_ms_per_invocation"] * each[name][1] for each in rounds)
    for way, functions in {"R1": ["accounts"], "R2": ["alerts", "mailer"]}.items():
        here = sum(cpu(function) for function in functions)
        peers = {peer: cpu(f"{peer}, {way}") for peer in PEERS}
        told = ", ".join(f"{here / cost:.2f} × {peer} ({cost:.2f} ms)" for peer, cost in peers.items())
        print(f"{way}: {here:.2f} ms of CPU, {told}")


def main() -> None:
    followers = int(os.environ.get("FOLLOWERS") or 1000)
    count = int(os.environ.get("ROUNDS") or 3)
    sizes = [int(size) for size in (os.environ.get("SIZES") or "10 1000 10000").split()]
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", HERE / "Cargo.toml", "--target-dir", ROOT / "target/bench"],
        check=True,
    )
    agents = int(os.environ.get("AGENTS") or 2000)
    if os.environ.get("ONLY") == "load":
        return print_first_load(agents)
    among = int(os.environ.get("PEOPLE") or 100_000)
    if os.environ.get("ONLY") == "search":
        return print_searches(among)
    if "BENCH_PEER" not in os.environ:
        stage.build_release(stage.host_architecture(), ["bench-peer"])
    rounds = []
    for number in range(count):
        print(f"round {number + 1} of {count} …", file=sys.stderr, flush=True)
        rounds.append(one_round(followers))
    works = {
        "accounts": "R1, one confirmation",
        "alerts": f"R2, one fact, {followers} followers",
        "mailer": f"R2, the same, {-(-followers // 50)} batches",
        "consultations": "one tender recorded",
        "publisher": f"stream of {2 * followers} records",
    }
    print(f"{'function':14} {'work':32} {'init CPU':>9} {'first CPU':>10} {'CPU/work':>9} {'p50/call':>9} {'peak RSS':>9} {'zip':>8}")
    for function, work in works.items():
        figure = lambda look: statistics.median(look(each[function][0]) for each in rounds)
        per_work = rounds[0][function][1]
        print(
            f"{function:14} {work:32} {figure(lambda r: r['cold']['init_cpu_ms']['p50']):6.2f} ms"
            f" {figure(lambda r: r['cold']['first_invoke_cpu_ms']['p50']):7.2f} ms"
            f" {figure(lambda r: r['warm']['cpu_ms_per_invocation']) * per_work:6.2f} ms"
            f" {figure(lambda r: r['warm']['latency_ms']['p50']):6.2f} ms"
            f" {figure(lambda r: r['warm']['peak_rss_mib']):5.1f} MiB"
            f" {zip_size(function) / 1e6:5.2f} MB"
        )
    print_ratios(rounds)
    others = sorted(set(path.parent.name for path in ARTEFACTS.glob("*/bootstrap")) - {"bench-peer", *works})
    print("other zips: " + ", ".join(f"{name} {zip_size(name) / 1e6:.2f} MB" for name in others))
    print_stories(sizes, count)
    print_first_load(agents)
    print_searches(among)


main()
