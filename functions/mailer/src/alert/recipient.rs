//! One recipient of an alert, and why they get it.

use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::Sight,
    delivery::unsubscribe::Choice,
    id::AccountId,
};
use vigie_mail::Why;

use crate::away::STANDS_IN;

/// One recipient of an alert.
pub(crate) struct Recipient {
    pub account: Account,
    pub reason: Reason,
}

/// The reason for which it is sent.
pub(crate) enum Reason {
    Follows(Sight),
    StandsIn(Box<Account>),
}

impl Recipient {
    /// Returns the code of the reason, in records and in a header.
    pub(crate) fn reason(&self) -> &'static str {
        match &self.reason {
            Reason::Follows(sight) => sight.as_str(),
            Reason::StandsIn(_) => STANDS_IN,
        }
    }

    /// Returns it for the mail.
    pub(crate) fn why(&self) -> Why<'_> {
        match &self.reason {
            Reason::Follows(sight) => Why::Follows(*sight),
            Reason::StandsIn(absentee) => Why::StandsIn(absentee),
        }
    }

    /// Returns the choice that its link switches off, and the account of that choice.
    pub(crate) fn switches_off(&self, kind: Kind) -> (&AccountId, Choice) {
        match &self.reason {
            Reason::Follows(_) => (&self.account.id, Choice::Kind(kind)),
            Reason::StandsIn(absentee) => {
                (&absentee.id, Choice::StandingIn(self.account.id.clone()))
            }
        }
    }
}

/// Returns the sight by which most recipients follow; none where all of them stand in for somebody.
pub(crate) fn usual(recipients: &[Recipient]) -> Option<Sight> {
    let sights = || {
        recipients.iter().filter_map(|to| {
            if let Reason::Follows(sight) = to.reason {
                Some(sight)
            } else {
                None
            }
        })
    };
    sights().max_by_key(|sight| sights().filter(|other| other == sight).count())
}
