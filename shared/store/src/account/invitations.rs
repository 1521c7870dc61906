//! Invitations that wait: made anew, taken back, and erased with their account when nobody accepted
//! them in time.

use jiff::Timestamp;
use vigie_domain::{
    account::{
        Account, EmailStatus, MailQuota, binding::Binding, invitation::Invitation,
        preferences::Alerts,
    },
    audit::{Record, What},
    id::{AccountId, EntityId, LoginId, RequestId},
};
use vigie_runtime::again::{Tries, unless_refused};

use crate::{
    Result, Store, StoreError,
    account::{
        binding::logins::of_login,
        writes::{At, UNDECLARED, same_power},
    },
    entity::audit::AuditEntry,
    schedule::{
        entries::{invitation_of, purges_of},
        work::OfAccount,
    },
    table::{
        item::{self, n, s},
        keys,
        transaction::{Expression, PRESENT, Transaction, TransactionError},
    },
};

/// The result of accepting an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The login acts for the account now.
    Yes,
    /// The invitation is no longer open.
    Superseded,
}

/// Adds the condition that nobody has accepted an account, and that it was neither invited to nor
/// declared since it was read; and whatever else is `judged`, which begins with ` AND `.
pub(crate) fn unaccepted(account: &Account, judged: &str, expression: Expression) -> Expression {
    let (condition, expression) = match &account.invitation {
        Some(invitation) => (
            "invitation.requestId = :invited",
            expression.value(":invited", s(invitation.request_id.as_str())),
        ),
        None => ("attribute_not_exists(invitation)", expression),
    };
    let undeclared = if account.declared.is_some() {
        ""
    } else {
        UNDECLARED
    };
    expression.when(&format!(
        "{PRESENT} AND attribute_not_exists(acceptedInvitation) AND {condition}{undeclared}{judged}"
    ))
}

impl Store {
    /// A new invitation, which voids the older; refused once one was accepted, and if the account
    /// has changed since it was read: its mails are counted.
    pub async fn invitation_renew(
        &self,
        before: &Account,
        invitation: &Invitation,
        quota: &MailQuota,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        self.renew_in(&mut writes, before, invitation, quota)
            .await?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Adds a new invitation to a transaction.
    pub(crate) async fn renew_in(
        &self,
        writes: &mut Transaction<()>,
        before: &Account,
        invitation: &Invitation,
        quota: &MailQuota,
    ) -> Result<()> {
        let update =
            Expression::update("SET invitation = :invitation, mailQuota = :quota, version = :next")
                .when("version = :version AND attribute_not_exists(acceptedInvitation)")
                .value(":version", n(before.version))
                .value(":next", n(before.version + 1))
                .value(":invitation", item::value(invitation)?)
                .value(":quota", item::value(quota)?);
        writes.update((), self, &keys::account(&before.id), update)?;
        if let Some(older) = &before.invitation {
            writes.delete(
                (),
                self,
                &invitation_of(&before.id, older),
                Expression::default(),
            )?;
        }
        let after = Account {
            invitation: Some(invitation.clone()),
            ..before.clone()
        };
        let todos = self.todos_of(Some(before), Some(&after)).await?;
        todos.write(writes, (), self)?;
        writes.put(
            (),
            self,
            invitation_of(&before.id, invitation).attributes(),
            Expression::default(),
        )
    }

    /// Takes back an account that nobody accepted, frees its address, and opens the work of erasing
    /// what was sent to it; refused if it was accepted, invited again or moved since it was read.
    pub async fn invitation_withdraw(
        &self,
        account: &Account,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        if let Some(address) = &account.contact.email {
            writes.delete((), self, &keys::email(address), Expression::default())?;
        }
        let todos = self.todos_of(Some(account), None).await?;
        todos.write(&mut writes, (), self)?;
        let path = self.entity_read_path(&account.entity_id).await?;
        self.withdraw_in(&mut writes, [(), ()], (path.root(), account), now, entries)?;
        self.write(writes).await
    }

    /// Adds to a transaction what takes back an account that nobody accepted, but for its guard. It
    /// is of an organisation, unless its entity lies in none.
    pub(crate) fn withdraw_in<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        [of_account, other]: [P; 2],
        (root, account): (Option<&EntityId>, &Account),
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let unmoved = Expression::default()
            .value(":entity", s(account.entity_id.as_str()))
            .value(":email", item::value(&account.contact.email)?);
        let unaccepted = unaccepted(
            account,
            " AND entityId = :entity AND contact.email = :email",
            unmoved,
        );
        writes.delete(of_account, self, &keys::account(&account.id), unaccepted)?;
        let agent = keys::agent(&account.entity_id, &account.id);
        let invitation = account.invitation.as_ref();
        let invitation = invitation.map(|invitation| invitation_of(&account.id, invitation));
        for key in [agent].into_iter().chain(invitation) {
            writes.delete(other, self, &key, Expression::default())?;
        }
        if let Some(root) = root {
            let contacts = [Some(&account.contact), None];
            self.rename_person(writes, other, (root, &account.id), contacts)?;
        }
        for key in purges_of(&account.id, now) {
            writes.put(other, self, key.attributes(), Expression::default())?;
        }
        self.note(writes, other, entries)
    }

    /// Notes on the invitation that waits until when its mail is held back. Nothing if another one
    /// waits by now, or none.
    pub async fn invitation_hold_back(
        &self,
        account: &AccountId,
        request: &RequestId,
        until: Timestamp,
    ) -> Result<()> {
        let update =
            Expression::update("SET invitation.heldBackUntil = :until, version = version + :one");
        self.invitation_note(
            account,
            request,
            update.value(":until", s(until.to_string())),
            "",
        )
        .await
    }

    /// Takes the note away that was read, once the mail went.
    pub async fn invitation_let_go(
        &self,
        account: &AccountId,
        request: &RequestId,
        held_until: Timestamp,
    ) -> Result<()> {
        let update =
            Expression::update("SET version = version + :one REMOVE invitation.heldBackUntil");
        let update = update.value(":until", s(held_until.to_string()));
        self.invitation_note(
            account,
            request,
            update,
            " AND invitation.heldBackUntil = :until",
        )
        .await
    }

    async fn invitation_note(
        &self,
        account: &AccountId,
        request: &RequestId,
        update: Expression,
        noted: &str,
    ) -> Result<()> {
        let update = update
            .when(&format!("invitation.requestId = :request{noted}"))
            .value(":one", n(1))
            .value(":request", s(request.as_str()));
        unless_refused(self.update(&keys::account(account), update).await).map(drop)
    }

    /// Erases an account that nobody has accepted, if this invitation is still its last; drops the
    /// entry otherwise. Of an account that the portal declared the invitation goes alone.
    pub async fn invitation_erase_unaccepted(
        &self,
        work: &OfAccount,
        now: Timestamp,
    ) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.account_read(&work.account).await?;
            let waits = |account: &Account| {
                account
                    .invitation
                    .as_ref()
                    .is_some_and(|invitation| invitation.request_id == work.request)
            };
            let Some(account) = account.filter(waits) else {
                return self.drop_entry(&work.entry).await;
            };
            let path = self.entity_read_path(&account.entity_id).await?;
            let record =
                Record::new(What::InvitationExpired, None, &account.entity_id, now).to(&account.id);
            let entry = path.root().map(|root| AuditEntry::new(root, record));
            let gone = if account.declared.is_some() {
                self.invitation_lapse(&account, work, entry.as_slice())
                    .await
            } else {
                self.invitation_withdraw(&account, now, entry.as_slice())
                    .await
            };
            match gone {
                // Accepted, invited again, moved, or erased by another sweep, meanwhile: what the
                // account says now decides.
                Err(StoreError::Refused) => {}
                done => return done,
            }
        }
    }

    async fn invitation_lapse(
        &self,
        account: &Account,
        work: &OfAccount,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let update = Expression::update(
            "SET version = version + :one, declared.lapsed = :lapsed REMOVE invitation",
        )
        .value(":lapsed", item::value(&true)?)
        .value(":one", n(1));
        let update = unaccepted(account, "", update);
        writes.update((), self, &keys::account(&account.id), update)?;
        writes.delete((), self, &work.entry, Expression::default())?;
        let mut after = account.clone();
        after.invitation = None;
        if let Some(declared) = &mut after.declared {
            declared.lapsed = true;
        }
        let todos = self.todos_of(Some(account), Some(&after)).await?;
        todos.write(&mut writes, (), self)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Lets a login act for an invited account, whose address is thereby confirmed, and gives it
    /// the choice of alerts that is proposed; refused unless that works, administers and may follow
    /// what it did when it was read.
    pub async fn invitation_accept(
        &self,
        account: &Account,
        proposal: Option<&Alerts>,
        login: &LoginId,
        request: &RequestId,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<Accepted> {
        let mut writes = Transaction::new();
        let binding = Binding {
            login: Some(login.clone()),
            ..account.binding.clone()
        };
        writes.put(
            At::Other,
            self,
            of_login(login, account),
            Expression::default(),
        )?;
        let mut set = "SET acceptedInvitation = :request, binding = :binding, emailStatus = :confirmed, confirmedAt = :now, version = version + :one".to_owned();
        let mut judged = " AND invitation.requestId = :request".to_owned();
        let mut update = Expression::default()
            .value(":now", n(now.as_millisecond()))
            .value(":request", s(request.as_str()))
            .value(":binding", item::value(&binding)?)
            .value(":confirmed", item::value(&EmailStatus::Confirmed)?)
            .value(":one", n(1));
        if let Some(proposal) = proposal {
            set.push_str(", alerts = :alerts, alertsProposed = :proposed");
            judged.push_str(" AND permanentGuest = :rights");
            update = update
                .value(":alerts", item::value(proposal)?)
                .value(":proposed", item::value(&true)?)
                .value(":rights", item::value(&account.permanent_guest)?);
            let rules = proposal.automatic_favourites;
            self.watch(
                &mut writes,
                At::Other,
                &account.entity_id,
                &account.id,
                rules,
            )?;
        }
        set.push_str(" REMOVE invitation, undeliverable, softBounces");
        update.update = Some(set);
        let update = same_power(account, &judged, update)?;
        writes.update(At::Account, self, &keys::account(&account.id), update)?;
        if let Some(invitation) = &account.invitation {
            writes.delete(
                At::Other,
                self,
                &invitation_of(&account.id, invitation),
                Expression::default(),
            )?;
        }
        let after = Account {
            accepted_invitation: Some(request.clone()),
            email_status: EmailStatus::Confirmed,
            invitation: None,
            ..account.clone()
        };
        let todos = self.todos_of(Some(account), Some(&after)).await?;
        todos.write(&mut writes, At::Other, self)?;
        for seat in self.seats(account, Some(&after)).await? {
            self.reseat(&mut writes, At::Seat, &account.id, &seat)?;
        }
        self.note(&mut writes, At::Other, entries)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Accepted::Yes),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(_)) => Ok(Accepted::Superseded),
        }
    }
}
