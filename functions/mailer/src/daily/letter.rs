//! The deferred alerts of one reader as mails: as many as it takes, each claimed before it is sent
//! and recorded before the next one is claimed.

use jiff::Timestamp;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::Account, contact::email::Email, delivery::unsubscribe::Choice, token::TokenKeys,
};
use vigie_mail as mail;
use vigie_mail::Daily;
use vigie_store::{Intent, PassedOn, Passing, StoreError, WantedDelivery};

use crate::{
    Mailer,
    away::STANDS_IN,
    daily::{
        judged::{Progress, Ready},
        scopes::Scopes,
    },
    send::{
        Claimed, Mail, Sender,
        headers::{self, tags},
    },
};

/// The reader of the mails, and the absentee whom they stand in for.
pub(crate) struct Letter<'a> {
    pub mailer: &'a Mailer,
    pub keys: &'a TokenKeys,
    pub to: &'a Account,
    /// The reader's address.
    pub address: &'a Email,
    /// The absentee, if the reader stands in.
    pub absentee: Option<&'a Account>,
    pub scopes: &'a Scopes,
    pub sender: Sender<'a>,
}

impl Letter<'_> {
    /// Sends the items that can be claimed, and records each. The mails are numbered by all there
    /// is to tell, so a receive that goes on with another's rest numbers them in the same way.
    pub(crate) async fn send(
        &self,
        items: Vec<Ready>,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        if items.is_empty() {
            return Ok(());
        }
        let now = self.mailer.clock.now();
        let (parts, _) = self.composed(&items.iter().collect::<Vec<_>>(), (1, 1), now, |daily| {
            daily.parts(now)
        });
        let of = parts.len();
        let mut items: Vec<Option<Ready>> = items.into_iter().map(Some).collect();
        for (i, places) in parts.into_iter().enumerate() {
            let part = places
                .into_iter()
                .filter_map(|place| items.get_mut(place)?.take())
                .collect();
            self.part(part, (i + 1, of), progress).await?;
        }
        Ok(())
    }

    /// Sends one mail with what can be claimed of a part, and records each.
    async fn part(
        &self,
        items: Vec<Ready>,
        part: (usize, usize),
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let why = |item: &Ready| self.absentee.map_or(item.sight.as_str(), |_| STANDS_IN);
        let wanted: Vec<_> = items
            .iter()
            .map(|item| WantedDelivery {
                subject: &item.subject,
                account: &self.to.id,
                intent: Intent::Send(why(item)),
            })
            .collect();
        let claims = self.sender.claim(&wanted).await?;
        let Claimed {
            mine,
            done: mut over,
            busy,
        } = Claimed::of(items, &claims);
        progress.busy |= busy;
        if !mine.is_empty() {
            self.mail(&mine, part).await?;
        }
        // Sent, refused for good or done before: for who is away, by what the delegate's record
        // says.
        over.extend(mine);
        match self.absentee {
            None => progress.over.extend(over.into_iter().map(|item| item.over)),
            Some(absentee) => self.passed_on(absentee, over, progress).await?,
        }
        Ok(())
    }

    /// Records for the absentee what the reader was told in their place.
    async fn passed_on(
        &self,
        absentee: &Account,
        over: Vec<Ready>,
        progress: &mut Progress,
    ) -> Result<(), StoreError> {
        let all: Vec<_> = over
            .iter()
            .map(|item| PassedOn {
                subject: &item.subject,
                absentee: &absentee.id,
                delegate: &self.to.id,
            })
            .collect();
        let told = self
            .mailer
            .store
            .delivery_pass_on(&all, self.mailer.clock.now())
            .await?;
        for (item, told) in over.into_iter().zip(told) {
            match told {
                Passing::Told => progress.over.push(item.over),
                Passing::NotTold => {
                    self.mailer
                        .hold_until_return(
                            &item.subject.hash,
                            &item.held,
                            std::slice::from_ref(&absentee.id),
                        )
                        .await?;
                }
                Passing::Busy => progress.busy = true,
            }
        }
        Ok(())
    }

    /// Composes the mail about some items and hands it to `make`. Returns what that made of it, and
    /// the page where the mail is switched off.
    fn composed<T>(
        &self,
        items: &[&Ready],
        part: (usize, usize),
        now: Timestamp,
        make: impl FnOnce(&Daily<'_>) -> T,
    ) -> (T, String) {
        let (mailer, to, absentee) = (self.mailer, self.to, self.absentee);
        let daily = items.iter().any(|item| !item.held.until_return);
        let unsubscribe_url = match absentee {
            Some(absentee) => mailer.unsubscribe_url(
                self.keys,
                &absentee.id,
                Choice::StandingIn(to.id.clone()),
                now,
            ),
            None => {
                let kinds = items
                    .iter()
                    .filter_map(|item| item.fact.fact.alert())
                    .collect();
                mailer.unsubscribe_url(self.keys, &to.id, Choice::Told { kinds, daily }, now)
            }
        };
        let told = items.iter().map(|item| mail::Told {
            consultation: &item.consultation,
            entity_name: self
                .scopes
                .entities
                .get(&item.consultation.entity_id)
                .map(|entity| entity.name.as_str()),
            recorded: &item.fact,
            sight: item.sight,
        });
        let followed = items
            .iter()
            .filter(|_| absentee.is_none())
            .map(|item| &item.consultation.id);
        let unfollow = followed
            .map(|id| (id.clone(), mailer.unfollow_url(self.keys, &to.id, id, now)))
            .collect();
        let (told, letterhead) = (told.collect(), &mailer.letterhead);
        let made = make(&Daily {
            to,
            absentee,
            told,
            letterhead,
            unsubscribe_url: &unsubscribe_url,
            unfollow,
            daily,
            part,
        });
        (made, unsubscribe_url)
    }

    /// Sends one mail about items whose deliveries are claimed.
    async fn mail(&self, items: &[Ready], part: (usize, usize)) -> Result<(), Failure> {
        let (mailer, to, now) = (self.mailer, self.to, self.mailer.clock.now());
        let all: Vec<&Ready> = items.iter().collect();
        let (rendered, unsubscribe_url) = self.composed(&all, part, now, |daily| daily.render(now));
        let subjects: Vec<_> = items.iter().map(|item| &item.subject).collect();
        let bundle = mailer
            .store
            .feedback_write_bundle(&to.id, &subjects, now)
            .await?;
        let mailbox = mailer.unsubscribe_mailbox.as_deref();
        let mail = Mail {
            to: self.address,
            rendered: &rendered,
            headers: [
                headers::list(&mailer.letterhead.portal_url),
                headers::unsubscribe(&unsubscribe_url, mailbox),
            ]
            .concat(),
            tags: tags("daily", &to.id, &bundle),
        };
        let makes: Vec<_> = subjects
            .into_iter()
            .map(|subject| (subject, &to.id))
            .collect();
        // Refused for good, it is as over as if it had gone.
        self.sender.send(mail, &makes).await?;
        Ok(())
    }
}
