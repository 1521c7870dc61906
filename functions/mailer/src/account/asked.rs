//! Mails that somebody else asked for, against the shares of the mailbox that they go to. What is
//! over a share is held back and tried again by itself, and judged again then.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vigie_aws::{queue::Failure, ses::Tag};
use vigie_domain::{
    account::Account,
    contact::email::{AddressDigest, Email},
    delivery::asked::{Asked, Origin},
    entity::Path,
    event::{AccountMailDue, mail::AccountMailKind as Kind},
    id::{EntityId, digest},
    token::LINK_LIFETIME,
};
use vigie_runtime::log;
use vigie_store::Subject;

use crate::{Mailer, account::composed::subject};

/// The origin that a mail was counted for, if any; or else from when on it may go.
pub(crate) type Counted<'a> = Result<Option<&'a Origin>, Timestamp>;

/// Returns the digest by which feedback finds the organisation that invited.
fn organisation(origin: &Origin) -> Option<String> {
    Some(digest(&["organisation", origin.organisation()?.as_str()]))
}

/// Returns the tags by which feedback finds what a mail was counted for.
pub(crate) fn origin_tags(origin: Option<&Origin>) -> Vec<Tag> {
    let organisation = origin
        .and_then(organisation)
        .map(|organisation| ("organisation", organisation));
    origin
        .map(|origin| ("share", origin.share().to_owned()))
        .into_iter()
        .chain(organisation)
        .collect()
}

impl Mailer {
    /// Counts a mail in the first share that has room and returns its origin, or from when on one
    /// may have. Only the worker that holds the delivery counts, so that a mail counts once however
    /// often it is tried.
    pub(crate) async fn allowed<'a>(
        &self,
        due: &AccountMailDue,
        to: &Email,
        origins: &'a [Origin],
    ) -> Result<Counted<'a>, Failure> {
        if let Some(until) = self.turn(due).await? {
            return Ok(Err(until));
        }
        let counted = self.within_shares(due, to, origins).await?;
        if counted.is_err() {
            log::count("AccountMailsHeldBack", 1);
        }
        Ok(counted)
    }

    async fn within_shares<'a>(
        &self,
        due: &AccountMailDue,
        to: &Email,
        origins: &'a [Origin],
    ) -> Result<Counted<'a>, Failure> {
        let (subject, now) = (subject(due), self.clock.now());
        if matches!(due.mail, Kind::AccountChanged | Kind::InvitationWithdrawn) {
            return Ok(self
                .store
                .quota_take_for_changes(&due.account_id, &subject.hash, now)
                .await?
                .map(|()| None));
        }
        let Some(asked) = Asked::parse(due.mail.as_str()) else {
            return Ok(Ok(None));
        };
        for organisation in origins.iter().filter_map(organisation) {
            if let Err(until) = self.store.invitation_allow(&organisation, now).await? {
                log::count("InvitationsHeldBack", 1);
                return Ok(Err(until));
            }
        }
        self.count(&to.mailbox(), asked, origins, &subject).await
    }

    /// Returns when a mail about an address that the portal declares has its turn, unless that is
    /// now, or it waited for it.
    async fn turn(&self, due: &AccountMailDue) -> Result<Option<Timestamp>, Failure> {
        if due.again || !matches!(due.mail, Kind::Confirmation | Kind::EmailChangeNotice) {
            return Ok(None);
        }
        let Some(account) = self.store.account_read(&due.account_id).await? else {
            return Ok(None);
        };
        let pending = account.pending_email.as_ref();
        let (Some(pending), Some(declared)) = (pending, &account.declared) else {
            return Ok(None);
        };
        if !pending.by_portal || pending.request_id != due.request_id {
            return Ok(None);
        }
        let now = self.clock.now();
        let turn = self
            .store
            .quota_take_turn(&declared.organisation_id, now)
            .await?;
        Ok(Some(turn).filter(|turn| *turn > now))
    }

    async fn count<'a>(
        &self,
        mailbox: &AddressDigest,
        asked: Asked,
        origins: &'a [Origin],
        subject: &Subject,
    ) -> Result<Counted<'a>, Failure> {
        let mut first = Ok(None);
        for origin in origins {
            match self
                .store
                .quota_take_for_asked(mailbox, origin, asked, &subject.hash, self.clock.now())
                .await?
            {
                Ok(()) => return Ok(Ok(Some(origin))),
                // Where none has room, the first says from when on it has.
                Err(until) => first = first.and(Err(until)),
            }
        }
        Ok(first)
    }

    /// Counts an invitation that went with its organisation.
    pub(crate) async fn count_invitation(&self, origin: Option<&Origin>) -> Result<(), Failure> {
        match origin.and_then(organisation) {
            Some(organisation) => Ok(self
                .store
                .invitation_count_sent(&organisation, self.clock.now())
                .await?),
            None => Ok(()),
        }
    }

    /// Counts a request to be linked, whoever has its address and whether a mail goes or not: what
    /// is left of the share tells nothing. One for which there is no room is tried again, also
    /// where nobody is mailed.
    pub(crate) async fn count_request(
        &self,
        due: &AccountMailDue,
        asker: &Account,
    ) -> Result<(), Failure> {
        let request = self
            .store
            .link_request_read(&asker.id, &due.request_id)
            .await?;
        let request = request.filter(|request| asker.active && request.waits(self.clock.now()));
        let Some(mailbox) = request.and_then(|request| request.mailbox) else {
            return Ok(());
        };
        match self
            .count(
                &mailbox,
                Asked::LinkRequest,
                &[Origin::Agent],
                &subject(due),
            )
            .await?
        {
            Ok(_) => Ok(()),
            Err(until) => self.try_again(due, until).await,
        }
    }

    /// Has a mail tried again once it may go, if its link still works then.
    pub(crate) async fn try_again(
        &self,
        due: &AccountMailDue,
        until: Timestamp,
    ) -> Result<(), Failure> {
        if until < self.clock.now() + LINK_LIFETIME {
            self.store
                .work_open_mail(
                    &due.account_id,
                    due.mail.as_str(),
                    &due.request_id,
                    due.attempt,
                    until,
                )
                .await?;
        }
        Ok(())
    }

    /// Holds a mail back until then.
    pub(crate) async fn hold_back(
        &self,
        due: &AccountMailDue,
        until: Timestamp,
    ) -> Result<(), Failure> {
        self.try_again(due, until).await?;
        if due.mail == Kind::Invitation {
            self.store
                .invitation_hold_back(&due.account_id, &due.request_id, until)
                .await?;
        }
        Ok(())
    }

    /// Reads the side from which the administrators of an entity write to an address.
    pub(crate) async fn inviting(
        &self,
        entity: &EntityId,
        address: Option<&Email>,
    ) -> Result<Origin, Failure> {
        let path = self.store.entity_read_path(entity).await?;
        let root = path.root().unwrap_or(entity).clone();
        let domains = self.store.administrator_read_domains(&root).await?;
        Ok(if address.is_some_and(|address| domains.show(address)) {
            Origin::OwnDomain(root)
        } else {
            Origin::Organisation(root)
        })
    }

    /// Reads the sides that a request of one account to another comes from: any agent's, and a
    /// colleague's if they are of one organisation.
    pub(crate) async fn asking(
        &self,
        asker: &Account,
        owner: &Account,
    ) -> Result<Vec<Origin>, Failure> {
        let paths = self
            .store
            .entity_read_paths(&BTreeSet::from([
                asker.entity_id.clone(),
                owner.entity_id.clone(),
            ]))
            .await?;
        let root = |account: &Account| paths.get(&account.entity_id).and_then(Path::root);
        let colleagues = root(asker).is_some() && root(asker) == root(owner);
        Ok([Origin::Agent]
            .into_iter()
            .chain(colleagues.then_some(Origin::Colleague))
            .collect())
    }
}
