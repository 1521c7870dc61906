//! Things that wait for administrators, as the accounts tell it and as the entries at the roots do.

use std::collections::BTreeSet;

use vigie_domain::account::Account;
use vigie_store::keys::{ItemKind, parse};

use crate::World;

/// Kind, entity and account of something that waits.
type Todo = (String, String, String);

impl World {
    /// Returns what waits by the accounts and has no entry, and the entries of what does not wait.
    pub async fn todos_that_differ(&self) -> (Vec<Todo>, Vec<Todo>) {
        let (mut told, mut entries) = (BTreeSet::<Todo>::new(), BTreeSet::<Todo>::new());
        for item in self.table.items().await {
            let [pk, sk] = ["pk", "sk"].map(|name| item[name].as_s().expect("a key").clone());
            match parse(&pk, &sk) {
                ItemKind::Account(_) => {
                    let account: Account = serde_dynamo::from_item(item).expect("an account");
                    let (entity, id) = (account.entity_id.to_string(), account.id.to_string());
                    told.extend(
                        account
                            .todos()
                            .into_iter()
                            .map(|todo| (todo.as_str().to_owned(), entity.clone(), id.clone())),
                    );
                }
                ItemKind::Todo(_, kind, entity, id) => {
                    entries.insert((kind.to_owned(), entity.to_owned(), id.to_owned()));
                }
                _ => {}
            }
        }
        let missing = told.difference(&entries).cloned().collect();
        (missing, entries.difference(&told).cloned().collect())
    }
}
