//! Consultations by whom they name, author and guests, and by what they wait for. A list is a hint:
//! the consultation itself says whom it names and where it stands. There may be one hint too many,
//! and never one too few.

use std::collections::BTreeSet;

use vigie_domain::{
    consultation::{Consultation, person::Wait},
    id::{AccountId, ConsultationId},
};
use vigie_runtime::again::unless_refused;

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
enum Hint<'a> {
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
fn hints(consultation: &Consultation) -> BTreeSet<Hint<'_>> {
    let named = consultation.named().filter(|_| !consultation.is_over());
    let waits = consultation.waits().into_iter().map(Hint::Wait);
    waits.chain(named.map(Hint::Named)).collect()
}

impl Store {
    /// Writes what becomes of a consultation, with its hints: puts those that it had not before,
    /// and takes out those that are of it no more. Those for which the transaction has no room are
    /// put before it, so that none is missing after it. Waits that it has no room to take out end
    /// after it; of the accounts that are named no more, readers see that the others have gone.
    pub(crate) async fn write_with_hints(
        &self,
        mut writes: Transaction<()>,
        before: Option<&Consultation>,
        after: &Consultation,
    ) -> Result<()> {
        let (old, new) = (before.map(hints).unwrap_or_default(), hints(after));
        let id = &after.id;
        let added: Vec<_> = new.difference(&old).collect();
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
        let mut gone = old.difference(&new);
        for hint in gone.by_ref().take(MAX_HINTS - with.len()) {
            writes.delete((), self, &hint.key(id), Expression::default())?;
        }
        self.write(writes).await?;
        let wait = |hint: &Hint| match hint {
            Hint::Wait(wait) => Some(wait.clone()),
            Hint::Named(_) => None,
        };
        let ended = gone.filter_map(wait).collect();
        // Whoever wrote it meanwhile knows what it waits for now.
        unless_refused(self.waiting_end(id, Some(after), &ended).await).map(drop)
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
