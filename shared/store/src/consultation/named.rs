//! Consultations by whom they name, author and guests, and by what they wait for. A list is a hint:
//! the consultation itself says whom it names and where it stands. There may be one hint too many,
//! and never one too few.

use std::collections::BTreeSet;

use vigie_domain::{
    consultation::{Consultation, person::Wait},
    id::{AccountId, ConsultationId},
};

use crate::{
    Item, Result, Store,
    table::{
        item::{self, s},
        keys::{self, I1PK, I1SK, Key},
        transaction::{ACTIONS, Expression, Transaction},
    },
};

/// Most hints written with a revision in one transaction: the other actions are for the revision
/// and its other lists.
const MAX_HINTS: usize = ACTIONS - 20;

/// An item elsewhere that leads to a consultation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hint<'a> {
    /// From what it waits for.
    Wait(Wait),
    /// From an account that it names.
    Named(&'a AccountId),
}

impl Hint<'_> {
    fn key(&self, id: &ConsultationId) -> Key {
        match self {
            Self::Wait(wait) => keys::awaited(wait, id),
            Self::Named(account) => keys::named(id, account),
        }
    }

    fn item(&self, id: &ConsultationId) -> Item {
        let mut hint = self.key(id).attributes();
        if let Self::Named(account) = self {
            hint.insert(I1PK.to_owned(), s(keys::naming(account)));
            hint.insert(I1SK.to_owned(), s(id.as_str()));
        }
        hint
    }
}

/// Lists what leads to a revision: all that it waits for, and the accounts that it names, as long
/// as it is not over.
pub(crate) fn hints(consultation: &Consultation) -> BTreeSet<Hint<'_>> {
    let named = consultation.named().filter(|_| !consultation.is_over());
    let waits = consultation.waits().into_iter().map(Hint::Wait);
    waits.chain(named.map(Hint::Named)).collect()
}

impl Store {
    /// Puts the hints of a revision that were `old` ones not yet, and takes out those that are of
    /// it no more. Those for which the transaction has no room are put before it, so that none is
    /// missing after it; of those to be taken out, as many go as there is room for, and readers see
    /// that the others have gone.
    pub(crate) async fn hint(
        &self,
        writes: &mut Transaction<()>,
        id: &ConsultationId,
        old: &BTreeSet<Hint<'_>>,
        new: &BTreeSet<Hint<'_>>,
    ) -> Result<()> {
        let added: Vec<_> = new.difference(old).collect();
        let (with, ahead) = added.split_at(added.len().min(MAX_HINTS));
        for chunk in ahead.chunks(ACTIONS) {
            let mut puts = Transaction::new();
            for hint in chunk {
                puts.put((), self, hint.item(id), Expression::default())?;
            }
            self.write(puts).await?;
        }
        for hint in with {
            writes.put((), self, hint.item(id), Expression::default())?;
        }
        for hint in old.difference(new).take(MAX_HINTS - with.len()) {
            writes.delete((), self, &hint.key(id), Expression::default())?;
        }
        Ok(())
    }

    /// Consultations that name an account, or did lately, and are not over, in the order of their
    /// ids; `after` is where the last page ended. Looks at `limit` of the list, which may lag
    /// behind.
    pub async fn consultation_list_naming(
        &self,
        account: &AccountId,
        after: Option<&ConsultationId>,
        limit: i32,
    ) -> Result<(Vec<Consultation>, Option<ConsultationId>)> {
        let after = after.map(|id| (keys::named(id, account), id.to_string()));
        let (hints, more) = self
            .index_page(keys::naming(account), after, limit, true)
            .await?;
        let ids: Vec<_> = hints
            .iter()
            .filter_map(|hint| ConsultationId::parse(item::text(hint, I1SK)).ok())
            .collect();
        let mut items = self.consultation_read_each(&ids).await?;
        items.retain(|consultation| !consultation.is_over());
        items.sort_by(|a, b| a.id.cmp(&b.id));
        Ok((items, ids.last().filter(|_| more).cloned()))
    }
}
