//! Owners of addresses.

use std::collections::BTreeMap;

use vigie_domain::{
    account::Account,
    email::{AddressDigest, Email},
    id::AccountId,
};

use super::{
    Result, Store,
    accounts::Guard,
    item,
    keys::{self, Key},
};

impl Store {
    /// Returns the owner of the address that a digest stands for, if it has one.
    pub async fn address_read_owner_by_digest(&self, address: &AddressDigest) -> Result<Option<AccountId>> {
        Ok(self.get::<Guard>(&keys::address(address), "e-mail guard").await?.map(|guard| guard.owner))
    }

    /// The accounts that own addresses, by address; what belongs to nobody is not there.
    pub async fn address_read_owners(&self, addresses: &[Email]) -> Result<BTreeMap<Email, Account>> {
        let wanted: BTreeMap<Key, &Email> = addresses.iter().map(|address| (keys::email(address), address)).collect();
        let guards = self.get_all(&wanted.keys().cloned().collect::<Vec<_>>()).await?;
        let mut owned = Vec::with_capacity(guards.len());
        for guard in guards {
            let address = wanted.get(&item::key(&guard)).copied();
            let guard = item::read_or_set_aside::<Guard>(guard, "e-mail guard");
            owned.extend(address.zip(guard).map(|(address, guard)| (address.clone(), guard.owner)));
        }
        let accounts = self.account_read_each(&owned.iter().map(|(_, owner)| owner.clone()).collect::<Vec<_>>()).await?;
        Ok(owned.into_iter().filter_map(|(address, owner)| Some((address, accounts.get(&owner)?.clone()))).collect())
    }
}
