//! Accounts of a login. An item of one names the number of the account's binding that it was made
//! under: once that was raised, it opens nothing.

use std::collections::BTreeMap;

use vigie_domain::{
    account::Account,
    id::{AccountId, LoginId},
};
use vigie_runtime::again::unless_refused;

use crate::{
    Item, Result, Store,
    table::{
        item::{self, n},
        keys,
        transaction::{Expression, Transaction},
    },
};

/// Names the number of the binding in a login's item.
const BINDING: &str = "binding";

/// The item by which a login acts for an account.
pub(crate) fn of_login(login: &LoginId, account: &Account) -> Item {
    let mut item = keys::login(login, &account.id).attributes();
    item.insert(BINDING.to_owned(), n(account.binding.number));
    item
}

/// The number of the binding that an item was made under; 0 where it says none.
fn number(item: &Item) -> u64 {
    let number = item.get(BINDING).and_then(|number| number.as_n().ok());
    number.and_then(|n| n.parse().ok()).unwrap_or_default()
}

/// Returns the condition that no other login was bound to an account since it was read.
pub(crate) fn same_binding(account: &Account, expression: Expression) -> (&str, Expression) {
    let number = account.binding.number;
    let expression = expression.name("#number", "number");
    if number == 0 {
        ("attribute_not_exists(binding.#number)", expression)
    } else {
        (
            "binding.#number = :number",
            expression.value(":number", n(number)),
        )
    }
}

impl Store {
    /// An account, and whether it is the login's: one call.
    pub async fn account_read_with_login(
        &self,
        id: &AccountId,
        login: &LoginId,
    ) -> Result<(Option<Account>, bool)> {
        let link = keys::login(login, id);
        let (mut account, mut of_login) = (None::<Account>, None);
        for found in self.get_all(&[keys::account(id), link.clone()]).await? {
            if item::key(&found) == link {
                of_login = Some(number(&found));
            } else {
                account = Some(item::read(found, "account")?);
            }
        }
        let now = account.as_ref().map(|account| account.binding.number);
        Ok((account, now.is_some() && of_login == now))
    }

    /// The accounts that a login acts for. What it has of accounts that others act for by now goes.
    pub async fn account_list_of_login(&self, login: &LoginId) -> Result<Vec<Account>> {
        let mut numbers = self.numbers_of_login(login).await?;
        let ids: Vec<_> = numbers.keys().cloned().collect();
        let accounts = self.account_read_each(&ids).await?.into_values();
        let (own, lost): (Vec<_>, Vec<_>) =
            accounts.partition(|of| numbers.remove(&of.id) == Some(of.binding.number));
        for account in lost {
            self.forget_login(login, &account).await?;
        }
        Ok(own)
    }

    /// The ids of the accounts that a login acted for, each with the number of its binding then.
    pub(crate) async fn numbers_of_login(
        &self,
        login: &LoginId,
    ) -> Result<BTreeMap<AccountId, u64>> {
        let links = self
            .query_whole(keys::login_pk(login), keys::ACCOUNT_OF_LOGIN)
            .await?;
        let number = |link: &Item| {
            let id = item::sk(link).strip_prefix(keys::ACCOUNT_OF_LOGIN)?;
            Some((AccountId::parse(id).ok()?, number(link)))
        };
        Ok(links.iter().filter_map(number).collect())
    }

    /// Deletes what a login has of an account that another acts for; not what it was given since.
    async fn forget_login(&self, login: &LoginId, account: &Account) -> Result<()> {
        let older = Expression::condition("attribute_not_exists(binding) OR binding < :number")
            .value(":number", n(account.binding.number));
        let mut writes = Transaction::new();
        writes.delete((), self, &keys::login(login, &account.id), older)?;
        unless_refused(self.write(writes).await).map(drop)
    }
}
