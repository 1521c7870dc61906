//! Decides what becomes of an account by the portal's newest words on its agent. The same words
//! again, or in another order, decide the same.

use jiff::{Timestamp, civil::Date};

use crate::{
    account::{
        Account, EmailStatus, PendingEmail, Role,
        administration::Administration,
        declared::{Declared, OwnFields},
        invitation::Invitation,
    },
    audit::Change,
    contact::{Contact, email::Email, has_number},
    directory::{agent::Saved, known::Known},
    id::{AccountId, EntityId, RequestId},
    text::{Invalid, Text},
};

/// The state of the world that decisions need.
#[derive(Clone, Debug)]
pub struct World {
    /// The time.
    pub now: Timestamp,
    /// The day that it is in Paris.
    pub today: Date,
    /// Names a request that may be made.
    pub request: RequestId,
}

/// The address that an account is to have by the portal's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The one that it has, or none as now.
    Stays,
    /// Another one in place of one that nobody has confirmed, if it can be had; or none.
    Replaced(Option<Email>),
}

/// True if an account can become the agent whom the portal names with this address: it is its own,
/// confirmed or reserved by its invitation, and no agent has it.
#[must_use]
pub fn may_become(account: &Account, address: &Email) -> bool {
    account.declared.is_none() && account.contact.email.as_ref() == Some(address)
}

/// Returns the account as the portal's words make it, save an address that has to be taken first:
/// see [`address`]. `entity` is the one that the portal names, if it takes them in.
#[must_use]
pub fn settled(
    before: &Account,
    known: &Known,
    entity: Option<&EntityId>,
    world: &World,
) -> Account {
    let (Some(saved), Some(mut declared)) = (&known.saved, hold(before, known)) else {
        return before.clone();
    };
    let raised = declared.raised.is_some() && declared.raised == known.revision();
    let role = if raised {
        Role::Administrator
    } else {
        saved.role
    };
    let change = Administration {
        role: Some(role),
        active: Some(raised || known.is_active(world.today)),
        leaves_on: Some(known.leaves_on().filter(|_| !raised)),
        at: world.now,
        permanent_guest: Some(saved.permanent_guest),
        entity_id: entity.cloned(),
        ..Administration::default()
    };
    let mut after = change.applied(before);
    after.contact = contact(&before.contact, declared.own, saved);
    ask(&mut after, &mut declared, saved, world);
    after.declared = Some(declared);
    after
}

/// Returns an account of the organisation as the portal's words make it, in place of the one that
/// the agent had so far. What was said of the agent, and lay under that account, is said of this
/// one: that they administer the organisation, and that they are invited.
#[must_use]
pub fn succeeding(
    before: &Account,
    former: Option<&Account>,
    known: &Known,
    entity: Option<&EntityId>,
    world: &World,
) -> Account {
    let mut heir = before.clone();
    heir.declared = hold(before, known);
    if let (Some(former), Some(declared)) = (former, &mut heir.declared) {
        declared.raised = former.declared.as_ref().and_then(|had| had.raised);
    }
    let mut after = settled(&heir, known, entity, world);
    let invited = former.is_some_and(|former| former.invitation_waits(world.now));
    if invited && after.may_be_invited() && !after.invitation_waits(world.now) {
        after.invitation = Some(Invitation::new(world.request.clone(), world.now));
    }
    after
}

/// Returns the portal's hold on an account: the one that it has, or a new one.
fn hold(before: &Account, known: &Known) -> Option<Declared> {
    if before.declared.is_some() {
        return before.declared.clone();
    }
    let saved = known.saved.as_ref()?;
    // What somebody with a login has otherwise than the portal says, they may have set.
    let set = |differs: bool| before.accepted_invitation.is_some() && differs;
    let had = &before.contact;
    let own = OwnFields {
        civility: set(had.civility.is_some() && had.civility != saved.civility),
        job_title: set(had.job_title.is_some() && had.job_title != saved.job_title),
        phone: set(had.phone.is_some() && had.phone != saved.phone),
        ..OwnFields::default()
    };
    Some(Declared {
        organisation_id: known.organisation_id.clone(),
        agent_id: known.agent_id.clone()?,
        email: None,
        invited: 0,
        lapsed: false,
        raised: None,
        own,
    })
}

fn contact(before: &Contact, own: OwnFields, saved: &Saved) -> Contact {
    let said = |said: &Option<Text<100>>, own: bool, had: &Text<100>| {
        said.clone().filter(|_| !own).unwrap_or_else(|| had.clone())
    };
    let (mut first, mut last) = (
        said(&saved.first_name, own.first_name, &before.first_name),
        said(&saved.last_name, own.last_name, &before.last_name),
    );
    // Each by itself is a name, and both together are a number to call.
    if has_number(&format!("{first} {last}")) {
        (first, last) = (before.first_name.clone(), before.last_name.clone());
    }
    let had = before.clone();
    Contact {
        civility: if own.civility {
            had.civility
        } else {
            saved.civility.clone()
        },
        first_name: first,
        last_name: last,
        job_title: if own.job_title {
            had.job_title
        } else {
            saved.job_title.clone()
        },
        phone: if own.phone {
            had.phone
        } else {
            saved.phone.clone()
        },
        ..had
    }
}

/// True if the portal's word on an address waits for its reader: somebody has shown that the one in
/// use, if there is one, is theirs.
fn is_owned(account: &Account) -> bool {
    account.accepted_invitation.is_some() || account.email_status == EmailStatus::Confirmed
}

/// Asks the reader of a declared address to confirm it, once each time that the portal declares
/// another; takes that back once the portal does. Nobody confirms for an account that does not
/// work: they are asked once it does. One that an administrator set before waits no more.
fn ask(after: &mut Account, declared: &mut Declared, saved: &Saved, world: &World) {
    let waits = after.pending_email.take();
    after.pending_email = waits.filter(|pending| !pending.by_administrator);
    if !is_owned(after) {
        declared.email.clone_from(&saved.email);
    }
    if declared.email == saved.email {
        return;
    }
    let differs = saved.email.as_ref();
    let differs = differs.filter(|email| after.contact.email.as_ref() != Some(*email));
    if differs.is_some() && !after.active {
        return;
    }
    if let Some(pending) = &after.pending_email
        && pending.by_portal
    {
        after.pending_email = None;
    }
    if let Some(email) = differs {
        let asked = PendingEmail::new(email.clone(), world.request.clone(), world.now);
        after.pending_email = Some(PendingEmail {
            by_portal: true,
            ..asked
        });
    }
    declared.email.clone_from(&saved.email);
}

/// Lists what becomes different of an account that an administrator changes elsewhere, and that it
/// is the portal's from now on.
#[must_use]
pub fn changes(before: &Account, after: &Account) -> Vec<Change> {
    let change = Administration {
        role: Some(after.role),
        active: Some(after.active),
        leaves_on: Some(after.leaves_on),
        permanent_guest: Some(after.permanent_guest),
        entity_id: Some(after.entity_id.clone()),
        ..Administration::default()
    };
    let declared = before.declared.is_none() && after.declared.is_some();
    let declared = declared.then(|| Change::new("declared", Some("false"), Some("true")));
    declared.into_iter().chain(change.changes(before)).collect()
}

/// Decides about the address of an account that nobody has shown to be theirs: it is as the portal
/// says.
#[must_use]
pub fn address(account: &Account, known: &Known) -> Address {
    match &known.saved {
        Some(saved) if !is_owned(account) && account.contact.email != saved.email => {
            Address::Replaced(saved.email.clone())
        }
        _ => Address::Stays,
    }
}

impl Account {
    /// Returns the account with another unconfirmed address, or without one. What was mailed to the
    /// former one opens nothing any more; whoever was invited there is invited here.
    #[must_use]
    pub fn with_address(self, address: Option<Email>, unavailable: bool, world: &World) -> Self {
        if self.contact.email == address {
            return Self {
                address_unavailable: unavailable,
                ..self
            };
        }
        let waits = self.invitation_waits(world.now);
        let invite = || Invitation::new(world.request.clone(), world.now);
        Self {
            email_status: match &address {
                Some(_) => EmailStatus::Unconfirmed,
                None => EmailStatus::None,
            },
            address_unavailable: unavailable,
            undeliverable: None,
            soft_bounces: Vec::new(),
            invitation: (waits && address.is_some()).then(invite),
            contact: Contact {
                email: address,
                ..self.contact
            },
            ..self
        }
    }

    /// Returns the account invited, where the portal's newest word says so and nobody has followed
    /// it: as soon as there is an address, unless somebody has a login or an invitation that works.
    #[must_use]
    pub fn invited_by(mut self, known: &Known, world: &World) -> Self {
        let waits = self.invitation_waits(world.now);
        let may = self.may_be_invited();
        let (Some(saved), Some(declared)) = (&known.saved, &mut self.declared) else {
            return self;
        };
        if !saved.invite || !may || declared.invited >= saved.revision {
            return self;
        }
        declared.invited = saved.revision;
        if !waits {
            self.invitation = Some(Invitation::new(world.request.clone(), world.now));
        }
        self
    }

    fn may_be_invited(&self) -> bool {
        self.active && self.accepted_invitation.is_none() && self.contact.email.is_some()
    }

    fn invitation_waits(&self, now: Timestamp) -> bool {
        let invitation = self.invitation.as_ref();
        invitation.is_some_and(|invitation| invitation.expires_at > now)
    }
}

/// Returns the new account of an agent, without an address. Who erased their account is not
/// invited to the next one by the word that makes it.
///
/// # Errors
/// The names that stand in for theirs are none.
pub fn new_account(
    id: AccountId,
    known: &Known,
    saved: &Saved,
    world: &World,
) -> Result<Account, Invalid> {
    let nobody = Contact {
        civility: None,
        first_name: Text::parse("Compte")?,
        last_name: Text::parse("Agent")?,
        job_title: None,
        email: None,
        phone: None,
        fax: None,
        address: None,
    };
    let new = Account::declare(id, saved.entity_id.clone(), saved.role, nobody);
    let mut account = settled(&new, known, Some(&saved.entity_id), world);
    if let Some(declared) = account.declared.as_mut().filter(|_| known.erased.is_some()) {
        declared.invited = saved.revision;
    }
    Ok(account)
}
