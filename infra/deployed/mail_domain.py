"""Looks up the records that the DNS of the mail domain must hold: DKIM, the bounces' domain (SPF), DMARC. Spells out the missing ones."""

import os
from typing import NamedTuple

import dns.exception
import dns.resolver
from target import Target
from verdict import Verdict, failed, not_reachable, passed


class Record(NamedTuple):
    """A record to add: what for, its name, its type, and its value."""

    purpose: str
    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind:5} {self.name}  {self.value}"


def wanted(target: Target) -> list[Record]:
    """Every record that the stack's mails need."""
    domain = target.parameters["MailDomain"]
    identity = target.client("sesv2").get_email_identity(EmailIdentity=domain)
    tokens = identity.get("DkimAttributes", {}).get("Tokens", [])
    hosted = identity.get("DkimAttributes", {}).get("SigningHostedZone", "dkim.amazonses.com")
    records = [Record("DKIM", f"{token}._domainkey.{domain}", "CNAME", f"{token}.{hosted}") for token in tokens]
    # Without a domain of its own, bounces go to SES's, whose SPF is SES's own.
    if bounces := identity.get("MailFromAttributes", {}).get("MailFromDomain"):
        records.append(Record("SPF", bounces, "MX", f"10 feedback-smtp.{target.region}.amazonses.com"))
        records.append(Record("SPF", bounces, "TXT", "v=spf1 include:amazonses.com ~all"))
    records.append(Record("DMARC", f"_dmarc.{domain}", "TXT", "v=DMARC1; p=quarantine"))
    return records


def page(target: Target) -> list[Record]:
    """Returns the record of the page's own domain, where it has one."""
    if not (alias := target.outputs.get("DomainTarget")):
        return []
    return [Record("page", target.parameters["PortalUrl"].removeprefix("https://"), "CNAME", alias)]


def found(record: Record) -> bool:
    """Returns true if the DNS holds the record; for DMARC, if it holds any record of that form."""
    answers = _texts(record)
    if record.purpose == "DMARC":
        return any(answer.lower().replace(" ", "").startswith("v=dmarc1;p=") for answer in answers)
    if record.kind == "TXT":
        return any(answer.startswith("v=spf1") and "include:amazonses.com" in answer for answer in answers)
    return record.value.lower() in (answer.lower() for answer in answers)


def _texts(record: Record) -> list[str]:
    return [answer.rstrip(".").replace('" "', "").strip('"') for answer in _look_up(record)]


def _look_up(record: Record) -> list[str]:
    try:
        return [answer.to_text() for answer in _resolver().resolve(record.name, record.kind)]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []


def _resolver() -> dns.resolver.Resolver:
    """The machine's own, or the one at `DNS_SERVER=<address>:<port>`."""
    if not (server := os.environ.get("DNS_SERVER")):
        return dns.resolver.get_default_resolver()
    address, _, port = server.rpartition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime = [address], int(port), 5
    return resolver


def missing(records: list[Record]) -> list[Record]:
    """Those that are not there yet; raises DNSException when the DNS cannot be asked."""
    return [record for record in records if not found(record)]


def dkim(target: Target, _) -> Verdict:
    """SES signs with the domain's key, and has seen it in the DNS."""
    return _point(target, "DKIM")


def spf(target: Target, _) -> Verdict:
    """The domain of the bounces lets SES send."""
    return _point(target, "SPF")


def dmarc(target: Target, _) -> Verdict:
    """The domain says what becomes of mails that only pretend to come from it."""
    return _point(target, "DMARC")


def _point(target: Target, purpose: str) -> Verdict:
    if target.local:
        return not_reachable("the local stack has no domain")
    domain = target.parameters["MailDomain"]
    records = [record for record in wanted(target) if record.purpose == purpose]
    if not records and purpose == "SPF":
        return passed("bounces go to SES's own domain")
    try:
        lacking = missing(records)
    except dns.exception.DNSException as error:
        return not_reachable(f"the DNS does not answer: {error}")
    if lacking or not records:
        return failed(f"{len(lacking)} records of {domain} are missing", "add " + " · ".join(map(str, lacking)))
    if purpose == "DKIM":
        status = target.client("sesv2").get_email_identity(EmailIdentity=domain)["DkimAttributes"]["Status"]
        if status != "SUCCESS":
            return failed(f"SES says {status}", "wait: SES looks again for 72 hours")
    if purpose == "DMARC":
        return _valid(domain)
    return passed(", ".join(record.name for record in records))


def _valid(domain: str) -> Verdict:
    """Returns checkdmarc's reading of the record: it knows the whole grammar."""
    from checkdmarc.dmarc import DMARCError, parse_dmarc_record

    record = " ".join(_texts(Record("DMARC", f"_dmarc.{domain}", "TXT", "")))
    try:
        warnings = parse_dmarc_record(record, domain)["warnings"]
    except DMARCError as error:
        return failed(f"{record}: {error}", "mend the record")
    return passed("; ".join([record, *warnings]))
