//! Absence, and the colleague who stands in. The agent gives the days and asks; the delegate agrees
//! by the link in a mail, with a login of its own.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use vigie_domain::{
    account::{
        Account,
        absence::{Absence, Day, Delegate},
    },
    id::{AccountId, LoginId},
    paris,
    token::{Purpose, Token},
};
use vigie_http::{Call, Problem, Reply, reply::ETAG};
use vigie_runtime::{again::Tries, ids};
use vigie_store::StoreError;

use crate::{Preferences, part};

/// An absence as it is wanted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WantedAbsence {
    /// The first day, in Paris. One that has passed is today, or the first day of the absence that
    /// has begun.
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Day"))]
    from: Day,
    /// The last day.
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Day"))]
    until: Day,
    /// The colleague who is asked to stand in.
    delegate_account_id: Option<AccountId>,
}

/// An absence as it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Absence")
)]
pub(crate) struct ShownAbsence<'a> {
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Day"))]
    from: Date,
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Day"))]
    until: Date,
    delegate_account_id: Option<&'a AccountId>,
    /// True once the delegate agreed; until then every alert is deferred.
    delegate_agreed: bool,
    /// First and last name of the delegate; there only where the owner asks for `names`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    delegate_name: Option<String>,
}

/// A mailed token, and whether its holder agrees.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "DelegateAnswer")
)]
pub(crate) struct Answered {
    token: String,
    /// False takes an agreement back.
    #[serde(default = "yes")]
    agree: bool,
}

fn yes() -> bool {
    true
}

/// An absence that is over is none.
fn shown(absence: Option<&Absence>, now: Timestamp) -> Option<ShownAbsence<'_>> {
    let absence = absence.filter(|absence| !absence.is_over(paris::day(now)));
    absence.map(|absence| ShownAbsence {
        from: absence.from,
        until: absence.until,
        delegate_account_id: absence
            .delegate
            .as_ref()
            .map(|delegate| &delegate.account_id),
        delegate_agreed: absence
            .delegate
            .as_ref()
            .is_some_and(|delegate| delegate.agreed),
        delegate_name: None,
    })
}

fn show(absence: Option<&Absence>, now: Timestamp) -> Result<Reply, Problem> {
    part(&shown(absence, now))
}

impl Preferences {
    /// `GET …/absence`. A name is no part of the absence, so its entity tag is the same with it.
    pub(crate) async fn read_absence(&self, call: &Call) -> Result<Reply, Problem> {
        let absence = call.owner()?.absence.as_ref();
        let plain = show(absence, call.now)?;
        if !call.asks("names")? || call.linked_through().is_some() {
            return Ok(plain);
        }
        let mut named = shown(absence, call.now);
        if let Some(shown) = &mut named
            && let Some(delegate) = shown.delegate_account_id
        {
            let found = self.store.account_read(delegate).await?;
            shown.delegate_name = found.map(|delegate| delegate.contact.full_name());
        }
        let tag = plain.etag().unwrap_or_default();
        Ok(Reply::json(200, &named)?.with(ETAG, tag))
    }

    /// `PUT …/absence`: `null` ends it. Deferred alerts are told at 7:00 on the day after its last
    /// day, or tomorrow if it ends now. Where a linked account does it, that one pays for the
    /// mails: one tells the owner.
    pub(crate) async fn write_absence(&self, call: &Call) -> Result<Reply, Problem> {
        let wanted: Option<WantedAbsence> = call.json()?;
        let mut before = call.owner()?.clone();
        let linked = call.caller.actor().filter(|actor| **actor != before.id);
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let mut after = before.clone();
            let (absence, asks) = match &wanted {
                Some(wanted) => self.absence(wanted, &before, call.now).await?,
                None => (None, false),
            };
            after.absence = absence;
            let shown = show(before.absence.as_ref(), call.now)?;
            call.check_match(shown.etag().unwrap_or_default())?;
            if after == before {
                return Ok(shown);
            }
            // Agents who are not away today, or no longer, are told tomorrow what was deferred.
            let due = after.away(paris::day(call.now)).map_or_else(
                || paris::told_daily(call.now, call.now),
                Absence::returns_at,
            );
            let written = match linked {
                Some(by) => {
                    let by = self
                        .store
                        .account_read(by)
                        .await?
                        .filter(|by| by.active)
                        .ok_or_else(Problem::forbidden)?;
                    let mut paying = by.clone();
                    let paid = if asks {
                        paying.take_mail(call.now)
                    } else {
                        paying.mail_quota.take(call.now)
                    };
                    paid.map_err(Problem::too_many)?;
                    self.store
                        .absence_write_by(
                            (&by, &paying.mail_quota),
                            &before,
                            after.absence.as_ref(),
                            due,
                            call.now,
                        )
                        .await
                }
                None => {
                    if asks {
                        after.take_mail(call.now).map_err(Problem::too_many)?;
                    }
                    self.store
                        .absence_write(&before, after.absence.as_ref(), &after.mail_quota, due)
                        .await
                }
            };
            match written {
                Ok(()) => return show(after.absence.as_ref(), call.now),
                // Changed meanwhile: what the account says now is changed.
                Err(StoreError::Refused) => {
                    before = self
                        .store
                        .account_read(&before.id)
                        .await?
                        .ok_or_else(Problem::not_found)?;
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// The absence that is wanted, and whether a colleague is asked to stand in. A delegate who
    /// agreed to days that these lie within is not asked again.
    async fn absence(
        &self,
        wanted: &WantedAbsence,
        account: &Account,
        now: Timestamp,
    ) -> Result<(Option<Absence>, bool), Problem> {
        let (Day(from), Day(until), today) = (wanted.from, wanted.until, paris::day(now));
        Absence::check_days(from, until, today).map_err(|e| Problem::invalid(vec![e]))?;
        let from = Absence::first_day(from, account.absence.as_ref(), today);
        let Some(asked) = &wanted.delegate_account_id else {
            return Ok((
                Some(Absence {
                    from,
                    until,
                    delegate: None,
                }),
                false,
            ));
        };
        let known = account
            .absence
            .as_ref()
            .filter(|known| known.from <= from && until <= known.until);
        let known = known
            .and_then(|known| known.delegate.clone())
            .filter(|known| known.account_id == *asked);
        if let Some(delegate) = known {
            return Ok((
                Some(Absence {
                    from,
                    until,
                    delegate: Some(delegate),
                }),
                false,
            ));
        }
        if !self.is_colleague(account, asked).await? {
            return Err(Problem::invalid_field(
                "delegateAccountId",
                "is no other active agent of the same organisation",
            ));
        }
        let delegate = Delegate {
            account_id: asked.clone(),
            request_id: ids::request(),
            agreed: false,
        };
        Ok((
            Some(Absence {
                from,
                until,
                delegate: Some(delegate),
            }),
            true,
        ))
    }

    async fn is_colleague(&self, account: &Account, asked: &AccountId) -> Result<bool, StoreError> {
        let mut found = self
            .store
            .account_read_each(std::slice::from_ref(asked))
            .await?;
        let Some(found) = found
            .remove(asked)
            .filter(|found| found.active && found.id != account.id)
        else {
            return Ok(false);
        };
        let paths = self
            .store
            .entity_read_paths(&BTreeSet::from([
                account.entity_id.clone(),
                found.entity_id.clone(),
            ]))
            .await?;
        let root = |account: &Account| paths.get(&account.entity_id).and_then(|path| path.root());
        Ok(root(account).is_some() && root(account) == root(&found))
    }

    /// `POST /v1/delegations`: the delegate agrees, or takes that back; again changes nothing.
    pub(crate) async fn answer_delegation(&self, call: &Call) -> Result<Reply, Problem> {
        let Answered { token, agree } = call.json()?;
        let token = self
            .tokens
            .verify(Purpose::Delegation, &token)
            .await?
            .ok_or_else(Problem::not_found)?;
        let (absence, delegate) = self.asked(&token, call.login()?, agree).await?;
        if absence.is_over(paris::day(call.now)) {
            return Err(Problem::new(
                410,
                "token-expired",
                "The absence is over",
                "There is nothing to agree to any more.",
            ));
        }
        if delegate.agreed != agree {
            self.store
                .absence_answer(&token.account, &token.request, agree)
                .await
                .map_err(|e| match e {
                    // Withdrawn meanwhile.
                    StoreError::Refused => Problem::not_found(),
                    e => e.into(),
                })?;
        }
        Reply::json(
            200,
            &serde_json::json!({"agreed": agree, "from": absence.from, "until": absence.until}),
        )
    }

    /// The absence and the delegate of a request that still stands; the login must act for the
    /// delegate. Nobody begins to stand in for who was deactivated.
    async fn asked(
        &self,
        token: &Token,
        login: &LoginId,
        agree: bool,
    ) -> Result<(Absence, Delegate), Problem> {
        let account = self
            .store
            .account_read(&token.account)
            .await?
            .filter(|account| account.active || !agree);
        let account = account.ok_or_else(Problem::not_found)?;
        let absence = account.absence.ok_or_else(Problem::not_found)?;
        let delegate = absence
            .delegate
            .clone()
            .filter(|delegate| delegate.request_id == token.request)
            .ok_or_else(Problem::not_found)?;
        let (found, mine) = self
            .store
            .account_read_with_login(&delegate.account_id, login)
            .await?;
        if !mine || !found.is_some_and(|found| found.active) {
            return Err(Problem::forbidden());
        }
        Ok((absence, delegate))
    }
}
