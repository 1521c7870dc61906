//! Consultations by where they lie: those of an entity that are not over, and those that were first
//! drafted lately in an organisation. A list is a hint: the consultation itself says where it lies
//! and where it stands.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vigie_domain::{
    account::{Account, declared::Declared, preferences::PREVIEWED},
    consultation::{Consultation, person::Name},
    directory::agent::AgentName,
    id::{AccountId, ConsultationId, EntityId},
};

use crate::{
    Item, Page, Result, Store,
    table::{
        item::{self, n},
        keys::{self, TTL},
        transaction::{Expression, Transaction},
    },
};

/// Time for which items are kept beyond the time that a preview looks back.
const SPARE: SignedDuration = SignedDuration::from_hours(48);

/// A consultation as it was when it was first saved in drafting: what automatic favourites were
/// judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstDraft {
    /// The consultation.
    pub consultation_id: ConsultationId,
    /// The entity that it was drafted in.
    pub entity_id: EntityId,
    /// The agent who saved it, if they were known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_account_id: Option<AccountId>,
    /// Their name, if the portal named them by its id of an agent: whoever has it is the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<AgentName>,
}

impl FirstDraft {
    /// True if it is of this account, or of the agent whose it is.
    #[must_use]
    pub fn is_by(&self, account: &Account) -> bool {
        let agent = account.declared.as_ref().map(Declared::name);
        self.author_account_id.as_ref() == Some(&account.id)
            || self.author.is_some() && self.author == agent
    }
}

/// The item of a first draft; it goes once no preview looks at it any more.
pub(crate) fn draft(root: &EntityId, drafted: &Consultation, now: Timestamp) -> Result<Item> {
    let draft = FirstDraft {
        consultation_id: drafted.id.clone(),
        entity_id: drafted.entity_id.clone(),
        author_account_id: drafted.author_account_id.clone(),
        author: match drafted.author_name().map(|name| name.within(root)) {
            Some(Name::Agent(name)) => Some(name),
            _ => None,
        },
    };
    let mut written = item::write(&keys::drafted(root, now, &drafted.id), &draft)?;
    written.insert(TTL.to_owned(), n((now + PREVIEWED + SPARE).as_second()));
    Ok(written)
}

impl Store {
    /// Puts a revision's consultation into its entity's list, or takes it out if it is over, and
    /// out of that of the entity where the revision `before` had it.
    pub(crate) fn list<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        consultation: &Consultation,
        before: Option<&Consultation>,
    ) -> Result<()> {
        let key = keys::listed(&consultation.entity_id, &consultation.id);
        if let Some(before) = before.filter(|before| before.entity_id != consultation.entity_id) {
            writes.delete(
                at,
                self,
                &keys::listed(&before.entity_id, &before.id),
                Expression::default(),
            )?;
        }
        if consultation.phase.is_over() {
            writes.delete(at, self, &key, Expression::default())
        } else {
            writes.put(at, self, key.attributes(), Expression::default())
        }
    }

    /// Consultations of an entity itself that are not over, in the order of their ids, and how many
    /// of its list were looked at: at most `limit`. `after` is where the last page ended.
    pub async fn consultation_list(
        &self,
        entity: &EntityId,
        after: Option<&ConsultationId>,
        limit: i32,
    ) -> Result<(Vec<Consultation>, usize, Option<ConsultationId>)> {
        let after = after.map(|id| keys::listed(entity, id).sk);
        let page = self
            .query(keys::entity_pk(entity), keys::LISTED, after, limit)
            .await?;
        let id = |sk: &str| {
            sk.strip_prefix(keys::LISTED)
                .and_then(|id| ConsultationId::parse(id).ok())
        };
        let ids: Vec<_> = page
            .items
            .iter()
            .filter_map(|listed| id(item::sk(listed)))
            .collect();
        let mut items = self.consultation_read_each(&ids).await?;
        items.retain(|consultation| {
            &consultation.entity_id == entity && !consultation.phase.is_over()
        });
        items.sort_by(|a, b| a.id.cmp(&b.id));
        Ok((items, ids.len(), page.next.as_deref().and_then(id)))
    }

    /// A page of what was first drafted in an organisation at `since` or later, oldest first.
    pub async fn consultation_list_first_drafts(
        &self,
        root: &EntityId,
        since: Timestamp,
        after: Option<String>,
    ) -> Result<Page<FirstDraft>> {
        let after = after.unwrap_or_else(|| keys::drafted_since(since));
        let page = self
            .query(keys::entity_pk(root), keys::DRAFTED, Some(after), 1000)
            .await?;
        Ok(Page {
            items: item::read_those(page.items, "first draft"),
            next: page.next,
        })
    }
}
