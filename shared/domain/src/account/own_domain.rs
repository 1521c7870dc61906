//! Mail domains of an organisation: those of confirmed addresses of the people who administer it as
//! a whole, unless anybody can have an address there. Whoever administers it can bring in somebody
//! from anywhere, so such a domain alone takes nothing from others: for that the portal must have
//! named it too, as that of a first administrator.

use std::collections::BTreeSet;

use crate::{account::Account, contact::email::Email};

/// Mail domains on which anybody can have an address: providers common in France, and their
/// subdomains.
const PUBLIC: [&str; 131] = [
    "163.com",
    "9online.fr",
    "akeonet.com",
    "alice.fr",
    "aliceadsl.fr",
    "aol.com",
    "aol.fr",
    "bbox.fr",
    "bluewin.ch",
    "caramail.com",
    "caramail.fr",
    "cario.fr",
    "cegetel.net",
    "chez.com",
    "club-internet.fr",
    "dartybox.com",
    "disroot.org",
    "duck.com",
    "email.com",
    "estvideo.fr",
    "europe.com",
    "fastmail.com",
    "fastmail.fm",
    "free.fr",
    "freesbee.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.eu",
    "gmx.fr",
    "gmx.net",
    "gmx.us",
    "googlemail.com",
    "guerrillamail.com",
    "hey.com",
    "hotmail.be",
    "hotmail.ch",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "hushmail.com",
    "icloud.com",
    "ifrance.com",
    "inbox.com",
    "infonie.fr",
    "jetable.org",
    "k-net.fr",
    "laposte.net",
    "libertysurf.fr",
    "live.be",
    "live.ca",
    "live.co.uk",
    "live.com",
    "live.fr",
    "live.nl",
    "lycos.fr",
    "mac.com",
    "mageos.com",
    "magic.fr",
    "mail.com",
    "mail.fr",
    "mail.ru",
    "mailfence.com",
    "mailinator.com",
    "mailo.com",
    "mailo.fr",
    "mailoo.org",
    "me.com",
    "mediaserv.net",
    "msn.com",
    "net-c.com",
    "netcourrier.com",
    "netzero.net",
    "neuf.fr",
    "noos.fr",
    "nordnet.fr",
    "numericable.fr",
    "online.fr",
    "only.fr",
    "orange.fr",
    "outlook.be",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "ouvaton.org",
    "ozone.net",
    "passmail.net",
    "pm.me",
    "posteo.net",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "riseup.net",
    "rocketmail.com",
    "sfr.fr",
    "sfr.net",
    "simplelogin.com",
    "skynet.be",
    "t-online.de",
    "tele2.fr",
    "tuta.com",
    "tuta.io",
    "tutamail.com",
    "tutanota.com",
    "tutanota.de",
    "vivaldi.net",
    "voila.fr",
    "wanadoo.fr",
    "web.de",
    "worldonline.fr",
    "yahoo.be",
    "yahoo.ca",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "ymail.fr",
    "yopmail.com",
    "yopmail.fr",
    "zoho.com",
    "zohomail.eu",
];

/// The mail domains of an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnDomains {
    shown: BTreeSet<String>,
    named: BTreeSet<String>,
}

impl OwnDomains {
    /// The domains that administrators show, and those that the portal named.
    #[must_use]
    pub fn new<'a>(
        administrators: impl IntoIterator<Item = &'a Account>,
        named: BTreeSet<String>,
    ) -> Self {
        let shown = administrators
            .into_iter()
            .filter_map(shown_by)
            .map(str::to_owned)
            .collect();
        Self { shown, named }
    }

    /// True if somebody who administers the whole organisation reads mails where an address
    /// is.
    #[must_use]
    pub fn show(&self, address: &Email) -> bool {
        self.shown.contains(address.domain())
    }

    /// Returns the same where the portal named the domain, too: nobody else can make a domain an
    /// organisation's own.
    #[must_use]
    pub fn own(&self, address: &Email) -> bool {
        self.show(address) && self.named.contains(address.domain())
    }
}

/// Returns the mail domain that an account shows to be its organisation's: of who administers the
/// whole of it, and reads mails there.
fn shown_by(account: &Account) -> Option<&str> {
    let address = account.confirmed_email()?;
    of(address).filter(|_| account.can_administer())
}

/// Returns the domain of an address, unless anybody can have an address there.
#[must_use]
pub fn of(address: &Email) -> Option<&str> {
    Some(address.domain()).filter(|domain| !is_public(domain))
}

fn is_public(domain: &str) -> bool {
    PUBLIC.iter().any(|public| {
        domain
            .strip_suffix(public)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn where_anybody_can_have_an_address_is_nobody_s_own() {
        let most = [
            "bbox.fr",
            "free.fr",
            "gmail.com",
            "hotmail.com",
            "hotmail.fr",
            "icloud.com",
            "laposte.net",
            "live.fr",
            "neuf.fr",
            "numericable.fr",
            "orange.fr",
            "outlook.com",
            "outlook.fr",
            "proton.me",
            "sfr.fr",
            "wanadoo.fr",
            "yahoo.com",
            "yahoo.fr",
        ];
        for domain in most.into_iter().chain([
            "perso.laposte.net",
            "mairie.free.fr",
            "netcourrier.com",
            "yopmail.com",
        ]) {
            assert!(is_public(domain), "{domain}");
        }
        for domain in [
            "strasbourg.eu",
            "mairie-orange.fr",
            "notgmail.com",
            "interieur.gouv.fr",
            "orange.fr.example",
        ] {
            assert!(!is_public(domain), "{domain}");
        }
    }
}
