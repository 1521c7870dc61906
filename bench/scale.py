"""Measures whether the cost of the two widest events grows no faster than the number of agents: the automatic favourites of a first
save, and the digest of a consultation that closes. Both use one table: agents who watch the entity get a star from `consultations`, and
are told of the closing. And how long the directory takes for a portal's first load.
"""

import hashlib
from datetime import datetime, timedelta, timezone

import seed

# Number of agents who watch the entity during the warm-up, and number of warm-up rounds.
FEW, WARM = 3, 5
# Facts that a digest counts.
FACTS = 20


def watchers(name: str, count: int) -> list[dict]:
    """An entity, and agents of it who follow its consultations by rule."""
    items = [seed.entity(f"e-{name}", "e")]
    for agent in agents(name, count):
        items.append(seed.account(agent) | {"entityId": f"e-{name}"})
        items.append({"pk": f"ENTITY#e-{name}", "sk": f"WATCH#ownEntity#{agent}"})
    return items


def agents(name: str, count: int) -> list[str]:
    return [f"{name}-{n:05}" for n in range(count)]


def draft(name: str, entity: str) -> dict:
    return seed.queued("procurement", "ConsultationSaved", seed.consultation(name, entity, "drafting"))


def told(detail_type: str, consultation: str, kind: str, key: str, **more) -> dict:
    return seed.queued("vigie", detail_type, {"consultationId": consultation, "kind": kind, "factKey": key, **more})


def batches(consultation: str, entity: str, kind: str, key: str, ids: list[str]) -> list[dict]:
    """Returns the events for the mailer, as `alerts` publishes them."""
    path = [entity, "e"]
    parts = (ids[first : first + 50] for first in range(0, len(ids), 50))
    return [told("AlertDue", consultation, kind, key, accountIds=part, entityPath=path) for part in parts]


def released(name: str, entity: str, deadline: str) -> list[dict]:
    """The newest revision of a consultation whose stars were given, and some deposits."""
    save = seed.consultation(name, entity, "consultation") | {"revision": 2, "submissionDeadline": deadline, "starsGiven": True}
    return [save | {"pk": f"CONSULTATION#{name}", "sk": "CONSULTATION"}, *(seed.fact(name, n) for n in range(FACTS))]


def closing(name: str, deadline: str, due: datetime) -> dict:
    """The open work of closing it."""
    digest = hashlib.sha256(len(name).to_bytes(8, "big") + name.encode()).digest()
    at = due.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"pk": f"OPEN#{ord(seed.base64url(digest)[0]) % 4}", "sk": f"{at}#closing#{name}#{deadline}"}


def stream(batch, records: int) -> list[dict]:
    """Batches of the stream, to warm up with and of so many records."""
    sizes = [100] * (records // 100) + [records % 100] * (records % 100 > 0)
    return [batch(n) for n in range(WARM)] + [batch(WARM + n, size) for n, size in enumerate(sizes)]


def story(count: int, put, run) -> None:
    """Plays it. `put(items)` writes into the table; `run(flow, function, events, warmup, pause)` measures a function on the events behind
    those that it warms up with."""
    put([seed.entity("e", None), *watchers("few", FEW), *watchers("many", count)])
    warm = [draft(f"c-warm-{n}", "e-few") for n in range(WARM)]
    run("stars", "consultations", [*warm, draft("c-1", "e-many")], WARM)
    run("stars", "publisher", stream(seed.stars, count), WARM)

    now = datetime.now(timezone.utc)
    deadline = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    few = released("c-warm-0", "e-few", deadline)
    # Due once the function has looked and found nothing.
    put([*few, *released("c-1", "e-many", deadline), closing("c-1", deadline, now + timedelta(seconds=4))])
    run("digest", "scheduler", [{}] * (WARM + 1), WARM, pause=5000)
    warm = [told("FactRecorded", "c-warm-0", "tenderReceived", f"d-{n}") for n in range(WARM)]
    run("digest", "alerts", [*warm, told("FactRecorded", "c-1", "consultationClosed", deadline)], WARM)
    warm = [event for n in range(WARM) for event in batches("c-warm-0", "e-few", "tenderReceived", f"d-{n}", agents("few", FEW))]
    sent = batches("c-1", "e-many", "consultationClosed", deadline, agents("many", count))
    run("digest", "mailer", [*warm, *sent], WARM)
    # The fact, and each delivery claimed and sent.
    run("digest", "publisher", stream(seed.stream, 1 + 2 * count), WARM)


def first_load(count: int, put, run, names) -> None:
    """A portal declares its agents. `names()` returns the account of each agent's name."""
    put([seed.entity("e", None), seed.entity("e-dsi", "e")])
    word = lambda agent: seed.agent(agent, "e", "e-dsi")
    warm = [seed.queued("procurement", "AgentSaved", word(agent)) for agent in agents("warm", WARM)]
    declared = [seed.queued("procurement", "AgentSaved", word(agent)) for agent in agents("new", count)]
    run("load", "directory", [*warm, *declared], WARM)
    # Each account that has its name: consultations may wait for it.
    named = [{"accountId": account, "agent": name, "eventId": f"e-{name}"} for name, account in names().items()]
    named = [seed.queued("vigie", "AccountNamed", event) for event in named]
    run("load", "directory", named, len(named) - count)
