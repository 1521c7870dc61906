//! Mail domains that an organisation has shown to be its own: those of confirmed addresses of the people who administer it as a whole,
//! unless anybody can have an address there.

use crate::{
    account::{Account, EmailStatus},
    email::Email,
};

/// Mail domains on which anybody can have an address: providers common in France, and their subdomains.
const PUBLIC: [&str; 74] = [
    "aliceadsl.fr",
    "aol.com",
    "aol.fr",
    "bbox.fr",
    "bluewin.ch",
    "cegetel.net",
    "club-internet.fr",
    "dartybox.com",
    "email.com",
    "estvideo.fr",
    "fastmail.com",
    "fastmail.fm",
    "free.fr",
    "freesbee.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.fr",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.be",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "ifrance.com",
    "inbox.com",
    "infonie.fr",
    "laposte.net",
    "libertysurf.fr",
    "live.be",
    "live.com",
    "live.fr",
    "mac.com",
    "magic.fr",
    "mail.com",
    "mail.ru",
    "mailo.com",
    "mailo.fr",
    "mailoo.org",
    "me.com",
    "msn.com",
    "mediaserv.net",
    "net-c.com",
    "neuf.fr",
    "noos.fr",
    "nordnet.fr",
    "numericable.fr",
    "only.fr",
    "orange.fr",
    "outlook.be",
    "outlook.com",
    "outlook.fr",
    "pm.me",
    "posteo.net",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "rocketmail.com",
    "sfr.fr",
    "skynet.be",
    "t-online.de",
    "tele2.fr",
    "tuta.io",
    "tutanota.com",
    "voila.fr",
    "wanadoo.fr",
    "web.de",
    "yahoo.com",
    "yahoo.fr",
    "ymail.com",
];

/// Returns the mail domain that an account shows to be its organisation's: of who administers the whole of it, and reads mails there.
#[must_use]
pub fn shown_by(account: &Account) -> Option<&str> {
    let shows = account.can_administer() && account.email_status == EmailStatus::Confirmed;
    Some(account.contact.email.domain()).filter(|domain| shows && !is_public(domain))
}

/// Returns whether an address lies on one of the domains.
#[must_use]
pub fn is_on(address: &Email, domains: &[String]) -> bool {
    domains.iter().any(|domain| domain == address.domain())
}

fn is_public(domain: &str) -> bool {
    PUBLIC.iter().any(|public| domain.strip_suffix(public).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn where_anybody_can_have_an_address_is_nobody_s_own() {
        for domain in ["gmail.com", "orange.fr", "wanadoo.fr", "perso.laposte.net"] {
            assert!(is_public(domain), "{domain}");
        }
        for domain in ["strasbourg.eu", "mairie-orange.fr", "notgmail.com", "interieur.gouv.fr", "orange.fr.example"] {
            assert!(!is_public(domain), "{domain}");
        }
    }
}
