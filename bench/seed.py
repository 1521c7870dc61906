"""Items that the benchmark's functions find in the table, and the events that they get. Items are spelled as the store writes them."""

import base64
import hashlib
import hmac
import http.client
import json

TABLE = "vigie"
KEY = "a key of at least thirty-two characters"
KINDS = ["tenderReceived", "consultationClosed", "messageReceived", "questionReceived", "noticePublished", "noticeRejected", "approvalRequested"]


def create(dynamodb) -> None:
    key = lambda name, kind: {"AttributeName": name, "KeyType": kind}
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "i1pk", "i1sk")],
        KeySchema=[key("pk", "HASH"), key("sk", "RANGE")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "index1",
                "KeySchema": [key("i1pk", "HASH"), key("i1sk", "RANGE")],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def put(url: str, items: list[dict]) -> None:
    """Writes items, without the SDK: for tens of thousands it takes minutes."""
    server = http.client.HTTPConnection(url.removeprefix("http://"))
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.BatchWriteItem"}
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=bench/20261124/eu-west-3/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    headers["x-amz-date"] = "20261124T000000Z"
    for first in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": value(item)["M"]}} for item in items[first : first + 25]]
        server.request("POST", "/", json.dumps({"RequestItems": {TABLE: puts}}), headers)
        answer = server.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the table: {told[:500]}")


def value(plain) -> dict:
    """In DynamoDB's JSON."""
    match plain:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": plain}
        case int():
            return {"N": str(plain)}
        case str():
            return {"S": plain}
        case list():
            return {"L": [value(each) for each in plain]}
        case dict():
            return {"M": {name: value(each) for name, each in plain.items()}}
    raise TypeError(plain)


def account(name: str, pending: dict | None = None) -> dict:
    item = {
        "pk": f"ACCOUNT#{name}",
        "sk": "ACCOUNT",
        "id": name,
        "version": 1,
        "role": "agent",
        "active": True,
        "entityId": "e-dsi",
        "contact": {
            "civility": "Mme",
            "firstName": "Claire",
            "lastName": f"Martin {name}",
            "jobTitle": "Acheteuse",
            "email": f"{name}@example.fr",
            "phone": "+33369493910",
            "fax": None,
            "address": None,
        },
        "emailStatus": "confirmed",
        "acceptedInvitation": "i-1",
        "permanentGuest": {"own": True, "dependent": False, "transverse": False},
        "alerts": {
            "kinds": dict.fromkeys(KINDS, "immediate"),
            "automaticFavourites": {"mine": True, "ownEntity": True, "dependentEntities": False, "transverseEntities": False},
        },
        "places": [],
        "mailQuota": [],
    }
    return item | ({"pendingEmail": pending} if pending else {})


def token(name: str, request: str) -> str:
    body = f"c1~{name}~{request}"
    mac = hmac.new(KEY.encode(), b"vigie link 1\0" + body.encode(), hashlib.sha256).digest()
    return f"{body}~{base64url(mac)}"


def address_digest(address: str) -> str:
    """By which the table knows an address."""
    parts = b"".join(len(part).to_bytes(8, "big") + part for part in (b"address", address.encode()))
    return base64url(hashlib.sha256(parts).digest())[:22]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def confirmations(count: int) -> tuple[list[dict], list[dict]]:
    """Accounts whose new address waits, and the requests that confirm each: R1."""
    items, events = [], []
    for n in range(count):
        name = f"claimant-{n}"
        pending = {"address": f"new-{n}@example.fr", "requestId": f"r-{n}", "expiresAt": "2099-01-01T00:00:00Z", "attempt": 1}
        items += [account(name, pending), {"pk": f"EMAIL#{address_digest(f'{name}@example.fr')}", "sk": "EMAIL", "owner": name}]
        events.append(request("POST", "/v1/confirmations", {"token": token(name, f"r-{n}")}))
    return items, events


def peer(count: int, followers: int) -> list[dict]:
    """Returns the items that the yardsticks need: accounts with their addresses, and the followers of a consultation."""
    items = []
    for n in range(count):
        email = f"claimant-{n}@example.fr"
        items += [
            {"pk": f"PEER#claimant-{n}", "sk": "PEER", "email": email, "version": 1, "name": f"Claire Martin {n}"},
            {"pk": f"PEEREMAIL#{email}", "sk": "EMAIL", "owner": f"claimant-{n}"},
        ]
    wants = ["tenderReceived", "messageReceived", "noticePublished"]
    return items + [
        {"pk": "PEER#c-1", "sk": f"f-{n}", "email": f"f-{n}@example.fr", "name": f"Claire Martin f-{n}", "wants": wants}
        for n in range(followers)
    ]


def changes(count: int) -> list[dict]:
    """Requests for another address, as the yardsticks take them."""
    events = []
    for n in range(count):
        event = request("PUT", "/v1/me/email", {"email": f"new-{n}@example.fr"})
        claims = {"sub": f"claimant-{n}", "iss": "https://issuer.example.fr", "aud": "bench"}
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        events.append(event)
    return events


def told(facts: int) -> list[dict]:
    """Facts on the bus, as the yardsticks take them."""
    detail = {"consultationId": "c-1", "kind": "tenderReceived"}
    return [envelope("procurement", "TenderReceived", detail) | {"id": f"d-{n}"} for n in range(facts)]


def request(method: str, path: str, body: dict) -> dict:
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api.example.fr"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "domainName": "api.example.fr",
            "domainPrefix": "api",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "bench"},
            "requestId": "request",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "23/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795435200000,
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def entity(name: str, parent: str | None) -> dict:
    return {"pk": f"ENTITY#{name}", "sk": "ENTITY", "id": name, "name": name, "parentId": parent, "organisation": "EMS"}


def agent(name: str, organisation: str, entity: str) -> dict:
    """The portal's word on an agent."""
    return {
        "organisationId": organisation,
        "agentId": name,
        "revision": 1,
        "entityId": entity,
        "email": f"{name}@example.fr",
        "civility": "Mme",
        "firstName": "Claire",
        "lastName": "Martin",
        "jobTitle": "Acheteuse",
        "phone": "03 69 49 39 10",
        "role": "agent",
        "permanentGuest": {"own": True},
        "active": True,
    }


def names(dynamodb) -> dict[str, str]:
    """The account of each agent's name, as the table has it."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=TABLE, FilterExpression="sk = :name", ExpressionAttributeValues={":name": value("NAME")}
    )
    return {item["pk"]["S"].removeprefix("AGENT#"): item["accountId"]["S"] for page in pages for item in page["Items"]}


def consultation(name: str, entity: str, phase: str) -> dict:
    """A revision, as the portal tells it and the table keeps it."""
    return {
        "consultationId": name,
        "revision": 1,
        "reference": "21-166157",
        "title": "Prestations d'assistance et de développements spécifiques sur le logiciel Qgis",
        "organisation": "EUROMETROPOLE DE STRASBOURG",
        "entityId": entity,
        "authorAccountId": "f-0",
        "phase": phase,
        "submissionDeadline": "2027-02-01T11:00:00Z",
        "guests": [],
        "url": f"https://marches.example.fr/{name}",
    }


def fact(consultation: str, n: int) -> dict:
    """The `n`th deposit."""
    told = {
        "kind": "tenderReceived",
        "depositId": f"d-{n}",
        "depositNumber": str(n),
        "receivedAt": "2026-11-24T08:00:00Z",
        "channel": "electronic",
        "lots": ["1"],
    }
    key = {"pk": f"CONSULTATION#{consultation}", "sk": f"FACT#tenderReceived#d-{n}"}
    return key | {"fact": told, "recordedAt": "2026-11-24T08:00:00Z", "total": n + 1, "waiting": False}


def followed(followers: int, facts: int) -> list[dict]:
    """A consultation with followers and facts: R2."""
    saved = consultation("c-1", "e-dsi", "consultation") | {"pk": "CONSULTATION#c-1", "sk": "CONSULTATION", "starsGiven": True}
    items = [saved, entity("e", None), entity("e-dsi", "e"), *(fact("c-1", n) for n in range(facts))]
    for n in range(followers):
        since = "2026-11-01T00:00:00.000Z"
        items.append(account(f"f-{n}"))
        items.append(
            {
                "pk": "CONSULTATION#c-1",
                "sk": f"FAVOURITE#f-{n}",
                "starred": True,
                "consultationId": "c-1",
                "since": since,
                "automatic": "ownEntity",
                "i1pk": f"FAVOURITES#f-{n}",
                "i1sk": f"{since}#c-1",
            }
        )
    return items


def envelope(source: str, kind: str, detail: dict) -> dict:
    """An event of the bus."""
    return {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": kind,
        "source": source,
        "account": "000000000000",
        "time": "2026-11-24T08:00:00Z",
        "region": "eu-west-3",
        "resources": [],
        "detail": detail,
    }


def queued(source: str, kind: str, detail: dict) -> dict:
    """An event of the bus in a queue's batch of one."""
    return {
        "Records": [
            {
                "messageId": "m",
                "receiptHandle": "h",
                "body": json.dumps(envelope(source, kind, detail)),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
        ]
    }


def recorded(fact: int) -> dict:
    return queued("vigie", "FactRecorded", {"consultationId": "c-1", "kind": "tenderReceived", "factKey": f"d-{fact}"})


def due(fact: int, first: int, followers: int) -> dict:
    ids = [f"f-{n}" for n in range(first, min(first + 50, followers))]
    detail = {"consultationId": "c-1", "kind": "tenderReceived", "factKey": f"d-{fact}", "accountIds": ids, "entityPath": ["e-dsi", "e"]}
    return queued("vigie", "AlertDue", detail)


def tender(number: int) -> dict:
    detail = {
        "consultationId": "c-1",
        "depositId": f"new-{number}",
        "depositNumber": str(number),
        "receivedAt": "2026-11-24T09:00:00+01:00",
        "channel": "electronic",
        "lots": ["1"],
    }
    return queued("procurement", "TenderReceived", detail)


def stream(number: int, records: int = 100) -> dict:
    """A batch of the stream as a fan-out makes it: deliveries that were sent."""
    keys = {"pk": {"S": "ACCOUNT#f-1"}, "sk": {"S": "DELIVERY#h"}}
    image = lambda state: keys | {
        "state": {"S": state},
        "kind": {"S": "tenderReceived"},
        "key": {"S": f"d-{number}"},
        "consultationId": {"S": "c-1"},
    }
    return batch(number, records, "MODIFY", {"Keys": keys, "NewImage": image("SENT"), "OldImage": image("PENDING")})


def stars(number: int, records: int = 100) -> dict:
    """A batch of the stream as a first save makes it: stars that were given."""
    keys = {"pk": {"S": "CONSULTATION#c-1"}, "sk": {"S": "FAVOURITE#f-1"}}
    image = keys | {
        "starred": {"BOOL": True},
        "consultationId": {"S": "c-1"},
        "since": {"S": "2026-11-24T08:00:00.000Z"},
        "automatic": {"S": "ownEntity"},
        "i1pk": {"S": "FAVOURITES#f-1"},
        "i1sk": {"S": "2026-11-24T08:00:00.000Z#c-1"},
    }
    return batch(number, records, "INSERT", {"Keys": keys, "NewImage": image})


def batch(number: int, records: int, change: str, images: dict) -> dict:
    record = lambda n: {"eventID": f"{number}-{n}", "eventName": change, "eventSource": "aws:dynamodb", "dynamodb": images}
    return {"Records": [record(n) for n in range(records)]}
