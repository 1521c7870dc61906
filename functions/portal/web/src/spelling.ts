// E-mail addresses in the one spelling that the API gives them: the domain in its ASCII form, as `shared/domain/src/email.rs` says.

/** Returns an address as the API spells it; what is no address stays as it is. */
export function spelling(typed: string): string {
  const address = typed.trim().normalize("NFC");
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  // A host and nothing else: a URL would pass over what follows it.
  if (at < 0 || /[\s/?#:\\]/u.test(domain)) return address;
  try {
    return `${address.slice(0, at).toLowerCase()}@${new URL(`https://${domain}`).hostname}`;
  } catch {
    return address;
  }
}
