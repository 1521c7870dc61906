//! Consultations by whom they name: author and guests. A list is a hint: the consultation itself
//! says whom it names and where it stands. There may be one hint too many, and never one too few.

use std::collections::BTreeSet;

use vigie_domain::{
    consultation::Consultation,
    id::{AccountId, ConsultationId},
};

use crate::{
    Item, Result, Store, StoreError,
    table::{
        item::{self, s},
        keys::{self, I1PK, I1SK},
        transaction::{ACTIONS, Expression, Transaction},
    },
};

/// Most hints written with a revision in one transaction: the other actions are for the revision
/// and its other lists.
const MAX_HINTS: usize = ACTIONS - 20;

/// Lists the accounts that a revision names, as long as it is not over.
fn named(consultation: &Consultation) -> BTreeSet<&AccountId> {
    let names = consultation
        .guests
        .iter()
        .chain([&consultation.author_account_id]);
    if consultation.is_over() {
        BTreeSet::new()
    } else {
        names.collect()
    }
}

fn hint(id: &ConsultationId, account: &AccountId) -> Item {
    let mut hint = keys::named(id, account).attributes();
    hint.insert(I1PK.to_owned(), s(keys::naming(account)));
    hint.insert(I1SK.to_owned(), s(id.as_str()));
    hint
}

impl Store {
    /// Puts a revision's consultation into the lists of those whom it names, and takes it out of
    /// those whom it names no more. Those for whom the transaction has no room are put before it,
    /// so that none is missing after it; of those to be taken out, as many go as there is room for,
    /// and readers see that the others have gone.
    pub(crate) async fn name(
        &self,
        writes: &mut Transaction<()>,
        before: Option<&Consultation>,
        after: &Consultation,
    ) -> Result<()> {
        let (old, new) = (before.map(named).unwrap_or_default(), named(after));
        let added: Vec<_> = new.difference(&old).collect();
        let (with, ahead) = added.split_at(added.len().min(MAX_HINTS));
        for chunk in ahead.chunks(ACTIONS) {
            let mut puts = Transaction::new();
            for account in chunk {
                puts.put((), self, hint(&after.id, account), Expression::default())?;
            }
            self.transact(puts).await.map_err(StoreError::from)?;
        }
        for account in with {
            writes.put((), self, hint(&after.id, account), Expression::default())?;
        }
        for account in old.difference(&new).take(MAX_HINTS - with.len()) {
            writes.delete(
                (),
                self,
                &keys::named(&after.id, account),
                Expression::default(),
            )?;
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
