//! The deadline of a consultation for one's calendar (RFC 5545), behind a link that is mailed and
//! listed. Who has the link needs no login, as calendar programs have none; whether the account
//! that it was made for may see the consultation, and is bound to the login that it was then, is
//! judged each time.

use vigie_domain::{
    account::Account,
    consultation::Consultation,
    id::AccountId,
    token::{Purpose, Token, TokenKeys},
};
use vigie_http::{Call, Problem, Reply, header::CONTENT_DISPOSITION, refusal::Words};
use vigie_mail::calendar;

use crate::Favourites;

static GONE: Words = Words {
    heading: "Ce lien d’agenda ne mène plus à rien",
    text: "Il a été mal copié, la consultation n’a plus de date limite, ou elle n’est plus ouverte à votre compte.",
    way: ("/favoris", "Ouvrir mes favoris"),
};

fn gone() -> Problem {
    Problem::not_found().in_words(&GONE)
}

impl Favourites {
    /// `GET /v1/deadlines/{token}`: the deadline in force; the same 404 for everything that is
    /// none.
    pub(crate) async fn deadline(&self, call: &Call) -> Result<Reply, Problem> {
        let token = call.parameter("token");
        let verified = match self.tokens.verify(Purpose::Deadline, token).await? {
            None => self.tokens.verify(Purpose::LinkedDeadline, token).await?,
            own => own,
        };
        let opened = verified.and_then(|token| token.opens()).ok_or_else(gone)?;
        let account = self.active(&opened.of).await?;
        if opened.reader != opened.of {
            // Taken by a linked account: as long as it is one.
            let reader = self.active(&opened.reader).await?;
            let linked = self.store.link_exists(&reader.id, &account.id).await?;
            if !linked || reader.binding.number != opened.binding {
                return Err(gone());
            }
        } else if account.binding.number != opened.binding {
            return Err(gone());
        }
        let found = self
            .store
            .consultation_read(&opened.consultation)
            .await?
            .ok_or_else(gone)?;
        let visible = self
            .store
            .sight_filter(&account, vec![found])
            .await?
            .pop()
            .ok_or_else(gone)?;
        let calendar = calendar::deadline(&visible, call.now).ok_or_else(gone)?;
        let disposition = format!("inline; filename=\"{}\"", calendar::file_name(&visible));
        Ok(Reply::bytes(
            200,
            "text/calendar; method=PUBLISH; charset=utf-8",
            calendar,
        )
        .with(CONTENT_DISPOSITION, disposition))
    }

    async fn active(&self, account: &AccountId) -> Result<Account, Problem> {
        self.store
            .account_read(account)
            .await?
            .filter(|account| account.active)
            .ok_or_else(gone)
    }

    /// Makes the link to the deadline for an account, if there is one; or for the one linked to it
    /// that asks.
    pub(crate) fn calendar(
        keys: &TokenKeys,
        account: &Account,
        through: Option<&Account>,
        consultation: &Consultation,
    ) -> Option<String> {
        consultation.submission_deadline?;
        let token = match through {
            None => Token::deadline(&account.id, account.binding.number, &consultation.id)?,
            Some(through) => {
                let binding = through.binding.number;
                Token::linked_deadline(&through.id, binding, &account.id, &consultation.id)?
            }
        };
        Some(format!("/v1/deadlines/{}", keys.sign(&token)))
    }
}
