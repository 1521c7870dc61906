//! People of an organisation by their names: an item at its root for each beginning of a word of a
//! name, with all words of it. It changes in the transactions that make an account, change its name
//! and erase it; everything else about somebody is read from their account.

use aws_sdk_dynamodb::types::AttributeValue;
use vigie_domain::{
    account::Account,
    contact::{
        Contact,
        email::Email,
        name::{NameSearch, NameWords},
    },
    entity::Path,
    id::{AccountId, EntityId},
};

use crate::{
    Result, Store,
    table::{
        error::unavailable,
        item::{self, s},
        keys::{self, Key, SK},
        transaction::{Expression, Transaction},
    },
};

/// Most accounts that are read at a time.
const AT_A_TIME: usize = 100;

/// Most items looked at in the first page, where most searches end, and in each after it: a page
/// ends at a megabyte anyway.
const FIRST_PAGE: i32 = 1000;
const PAGE: i32 = 20_000;

/// Holds the words of a name.
const WORDS: &str = "words";

impl Store {
    /// Adds to a transaction that somebody of an organisation has another name, or begins or ceases
    /// to have one.
    pub(crate) fn rename_person<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        (root, account): (&EntityId, &AccountId),
        contacts: [Option<&Contact>; 2],
    ) -> Result<()> {
        let [before, after] = contacts.map(|contact| contact.map(NameWords::of));
        if before == after {
            return Ok(());
        }
        let keys = |words: &Option<NameWords>| -> Vec<Key> {
            let beginnings = words.as_ref().map(NameWords::beginnings);
            beginnings
                .unwrap_or_default()
                .iter()
                .map(|beginning| keys::person(root, beginning, account))
                .collect()
        };
        let (gone, kept) = (keys(&before), keys(&after));
        for key in gone.iter().filter(|key| !kept.contains(key)) {
            writes.delete(at, self, key, Expression::default())?;
        }
        for key in kept {
            let mut person = key.attributes();
            person.extend(
                after
                    .as_ref()
                    .map(|words| (WORDS.to_owned(), s(words.as_str()))),
            );
            writes.put(at, self, person, Expression::default())?;
        }
        Ok(())
    }

    /// Returns some people of an organisation whose names a search finds, by their ids, after one
    /// of them; and the last one that was looked at, if there may be more.
    pub async fn person_find(
        &self,
        root: &EntityId,
        search: &NameSearch,
        mut after: Option<AccountId>,
    ) -> Result<(Vec<Account>, Option<AccountId>)> {
        let (mut ids, mut most) = (Vec::new(), FIRST_PAGE);
        loop {
            let (found, next) = self.named(root, search, after, most).await?;
            ids.extend(found);
            (after, most) = (next, PAGE);
            if ids.len() >= AT_A_TIME || after.is_none() {
                break;
            }
        }
        if ids.len() > AT_A_TIME {
            ids.truncate(AT_A_TIME);
            after = ids.last().cloned();
        }
        let mut found = self.account_read_each(&ids).await?;
        let people = ids.iter().filter_map(|id| found.remove(id)).collect();
        Ok((people, after))
    }

    /// Returns the account that has an address, with the way from its entity to the root. Where
    /// nobody has it the asker's own is read in its place: no answer takes another time.
    pub async fn person_read_at(
        &self,
        address: &Email,
        asker: &AccountId,
    ) -> Result<Option<(Account, Path)>> {
        let owner = self.address_read_owner(&address.digest()).await?;
        let account = self.account_read(owner.as_ref().unwrap_or(asker)).await?;
        let Some(account) = account else {
            return Ok(None);
        };
        let path = self.entity_read_path(&account.entity_id).await?;
        let has_it = account.contact.email.as_ref() == Some(address);
        Ok(has_it.then_some((account, path)))
    }

    /// Returns the accounts of a page of at most so many items that a search finds, and the last
    /// one of the page, if it is not the last page.
    async fn named(
        &self,
        root: &EntityId,
        search: &NameSearch,
        after: Option<AccountId>,
        most: i32,
    ) -> Result<(Vec<AccountId>, Option<AccountId>)> {
        let prefix = keys::person_prefix(root, search.beginning());
        let start = after.map(|id| keys::person(root, search.beginning(), &id).attributes());
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", s(keys::entity_pk(root)))
            .expression_attribute_values(":sk", s(&prefix))
            .projection_expression(SK)
            .set_exclusive_start_key(start)
            .limit(most);
        let mut every = Vec::new();
        for (i, word) in search.words().enumerate() {
            // A space before it: the words that are stored have one each.
            request = request.expression_attribute_values(format!(":w{i}"), s(format!(" {word}")));
            every.push(format!("contains({WORDS}, :w{i})"));
        }
        let answer = request
            .filter_expression(every.join(" AND "))
            .send()
            .await
            .map_err(unavailable)?;
        let id = |sk: &str| AccountId::parse(sk.strip_prefix(&prefix)?).ok();
        let last = answer.last_evaluated_key.as_ref();
        let last =
            last.and_then(|key| id(key.get(SK).and_then(|sk: &AttributeValue| sk.as_s().ok())?));
        let found = answer.items.unwrap_or_default();
        Ok((
            found
                .iter()
                .filter_map(|person| id(item::sk(person)))
                .collect(),
            last,
        ))
    }
}
