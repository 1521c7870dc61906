"""Measures how long it takes to find people by name in an organisation of many: agents of its tree for administrators, colleagues for agents."""

import hashlib
from itertools import cycle, islice
from urllib.parse import quote

import seed

# An organisation of e with so many entities below it, and as many people in each.
ENTITIES = 100
WARM, SEARCHES = 20, 400
ISSUER = "https://issuer.example.fr"

# Common names, the first of which are the most common: a quarter of a name's people have one of its first four.
FIRST = """marie jean martine nathalie philippe isabelle michel catherine alain sylvie christophe nicolas françoise valérie sandrine véronique
céline stéphanie patrick laurent stéphane pascal thierry julien sébastien éric frédéric olivier david aurélie émilie julie claire camille
léa manon chloé thomas maxime mathieu alexandre benoît fatou karim jean-baptiste anne-sophie zoé""".split()
LAST = """martin bernard thomas petit robert richard durand dubois moreau laurent simon michel lefebvre leroy roux david bertrand morel fournier
girard bonnet dupont lambert fontaine rousseau vincent muller lefevre faure andre mercier blanc guerin boyer garnier chevalier francois legrand
gauthier garcia perrin robin clement morin nicolas henry roussel mathieu gautier masson marchand duval denis dumont marie lemaire noel meyer
dufour meunier brun blanchard giraud joly riviere lucas brunet gaillard barbier arnaud martinez gerard roche renard schmitt roy leroux colin
vidal caron picard roger fabre aubert lemoine renaud dumas lacroix olivier philippe bourgeois pierre benoit rey leclerc payet rolland leclercq
guillaume lecomte lopez jean dupuy guillot hubert berger carpentier sanchez zimmermann""".split()
# Two letters of the most frequent, names, a word that nobody has behind one that many have, an address.
TYPED = ["ma", "martin", "marie martin", "mar", "je le", "zimmermann zoé", "du", "ma zzz", "jean-baptiste bo", "le", "ma ma dup", "p-7@example.fr"]


def common(names: list[str], n: int) -> str:
    """The name of the `n`th person: more often one of the first."""
    drawn = int.from_bytes(hashlib.sha256(f"{names[0]} {n}".encode()).digest()[:4], "big") / 2**32
    return names[int(len(names) * drawn**1.6)]


def folded(text: str) -> str:
    return text.translate(str.maketrans("çéèêëîïôÉ", "ceeeeiioe")).replace("-", " ").lower()


def digest(*parts: str) -> str:
    data = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
    return seed.base64url(hashlib.sha256(data).digest())[:22]


def login(sub: str) -> str:
    return seed.base64url(hashlib.sha256(len(ISSUER).to_bytes(8, "big") + ISSUER.encode() + sub.encode()).digest())


def organisation(people: int):
    """Its items, person by person."""
    yield [seed.entity("e", None), *(seed.entity(f"e-{n}", "e") for n in range(ENTITIES))]
    for n in range(people):
        name, entity = f"p-{n}", f"e-{n % ENTITIES}" if n else "e"
        first, last = common(FIRST, n).title(), common(LAST, n).title()
        account = seed.account(name) | {"entityId": entity}
        account["contact"] |= {"firstName": first, "lastName": last}
        # The first of all, and the first of each entity, administer it.
        account["role"] = "administrator" if n <= ENTITIES else "agent"
        words = [*folded(last).split(), *folded(first).split()]
        items = [account, {"pk": f"EMAIL#{seed.address_digest(f'{name}@example.fr')}", "sk": "EMAIL", "owner": name}]
        for beginning in {word[:2] for word in words}:
            place = f"PERSON#{digest('person', 'e', beginning)}#{name}"
            items.append({"pk": "ENTITY#e", "sk": place, "words": "".join(f" {word}" for word in words)})
        if n < 2 * ENTITIES:
            items.append({"pk": f"LOGIN#{login(name)}", "sk": f"ACCOUNT#{name}", "binding": 0})
        yield items


def search(route: str, path: str, typed: str, by: str) -> dict:
    event = seed.request("GET", path, {})
    del event["body"]
    parameter = path.split("/")[3]
    event |= {"routeKey": f"GET {route}", "rawQueryString": f"q={quote(typed)}", "pathParameters": {"id": parameter}}
    claims = {"sub": by, "iss": ISSUER, "aud": "bench"}
    event["requestContext"] |= {"routeKey": f"GET {route}", "authorizer": {"jwt": {"claims": claims, "scopes": None}}}
    return event


def story(people: int, put, run) -> None:
    """Plays it. `put(items)` writes into the table; `run(what, function, events, warmup)` measures a function on the events behind those
    that it warms up with."""
    for items in organisation(people):
        put(items)
    typed = list(islice(cycle(TYPED), WARM + SEARCHES))
    agents = "/v1/entities/{id}/agents"
    run("whole", "entities", [search(agents, "/v1/entities/e/agents", q, "p-0") for q in typed], WARM)
    run("part", "entities", [search(agents, "/v1/entities/e-7/agents", q, "p-7") for q in typed], WARM)
    # Each has sixty an hour.
    callers = [f"p-{n % (2 * ENTITIES)}" for n in range(len(typed))]
    colleagues = "/v1/accounts/{id}/colleagues"
    run("agent", "accounts", [search(colleagues, f"/v1/accounts/{by}/colleagues", q, by) for q, by in zip(typed, callers)], WARM)
