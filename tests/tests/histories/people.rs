//! Steps between people: absences and delegates, addresses, administrators, linked accounts.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use serde_json::{Value, json};
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};

use crate::histories::{
    pause::day,
    play::Play,
    portal::{consultation_id, entity_id, kind_of},
    stage,
    steps::Absent,
    terms::{Address, Agent, Consultation, KINDS, Mode, Told},
};

/// Mails that an account may cause in an hour.
const MAILS: usize = 5;

impl Play {
    /// True if one more mail may be caused.
    fn quota(&self, agent: Agent, now: Timestamp) -> bool {
        self.model.agents[agent]
            .asked
            .iter()
            .filter(|at| now.duration_since(**at) < SignedDuration::from_hours(1))
            .count()
            < MAILS
    }

    /// Puts an absence; perhaps its delegate answers at once, after so many calls of the table.
    pub async fn put_absence(
        &mut self,
        absent: Absent,
        now: Timestamp,
        at_once: Option<(bool, usize)>,
    ) -> Result<(), String> {
        let Absent {
            agent,
            ahead,
            days,
            delegate,
        } = absent;
        if self.model.agents[agent].erased {
            return Ok(());
        }
        let from = day(now) + i64::from(ahead).days();
        let until = from + i64::from(days).days();
        // Fewer days of the same delegate, who says the other thing meanwhile: only then is there
        // an answer to be lost.
        let fewer = at_once.and_then(|(_, calls)| Some((self.fewer_days(agent, day(now))?, calls)));
        let (from, until, delegate, at_once) = match fewer {
            Some(((from, until, delegate, agreed), calls)) => {
                (from, until, Some(delegate), Some((!agreed, calls)))
            }
            None => (from, until, delegate, at_once),
        };
        let colleague = delegate.is_none_or(|delegate| {
            let account = &self.model.agents[delegate];
            delegate != agent && account.active && !account.erased
        });
        let mut model = self.model.clone();
        let mut asks = model.absent(agent, Some((from, until, delegate)), now);
        // A delegate who was asked already is not looked at again.
        let expected = match self.model.agents[agent].active {
            false => 403,
            true if asks && !colleague => 422,
            true if asks && !self.quota(agent, now) => 429,
            true => 200,
        };
        let body = json!({"from": from, "until": until, "delegateAccountId": delegate.map(|delegate| &self.stage.accounts[delegate])});
        let (login, path) = (stage::login(agent), self.path(agent, "/absence"));
        let answer = match at_once {
            Some((agree, calls)) => self.asked(agent).await.map(|asked| (asked, agree, calls)),
            None => None,
        };
        let Some(((asked, token), agree, calls)) = answer else {
            self.ask(&login, "PUT", &path, body, expected).await?;
            if expected == 200 {
                asks = self.model.absent(agent, Some((from, until, delegate)), now);
                self.model.agents[agent].asked.extend(asks.then_some(now));
            }
            return Ok(());
        };
        // Nothing else is in the way here.
        let world = Arc::clone(&self.stage.world);
        world.table.mend();
        let said = json!({"token": token, "agree": agree});
        let by = stage::login(asked);
        self.stage.gate.close(None, calls);
        let change = async { world.put(&login, &path, body.clone()).await };
        let meanwhile = async { drop(world.post(&by, "/v1/delegations", said).await) };
        let (changed, waited) = self.stage.gate.woven(change, meanwhile).await;
        self.model.counts.add(
            "answers during a change of the absence",
            usize::from(waited),
        );
        self.model.counts.add(
            "answers of who is not asked again during a change",
            usize::from(waited && fewer.is_some()),
        );
        if changed.status != expected {
            return Err(format!(
                "PUT {path} answers {} instead of {expected}: {}",
                changed.status, changed.text
            ));
        }
        // Whichever was first: an answer to what is still asked counts.
        self.answered(agent, asked, agree, now);
        if expected == 200 {
            asks = self.model.absent(agent, Some((from, until, delegate)), now);
            self.model.agents[agent].asked.extend(asks.then_some(now));
        }
        let shown = world.get(&login, &path).await;
        let agreed = self.model.agents[agent]
            .absence
            .as_ref()
            .and_then(|absence| absence.delegate)
            .is_some_and(|(_, agreed)| agreed);
        let over = self.model.agents[agent]
            .absence
            .as_ref()
            .is_none_or(|absence| absence.until < day(now));
        if shown.status == 200 && !over && shown.json["delegateAgreed"] != Value::Bool(agreed) {
            return Err(format!(
                "the delegate's answer is lost: {} instead of {agreed}",
                shown.text
            ));
        }
        Ok(())
    }

    /// Returns days that lie within those of an absence, its delegate, and whether they agreed.
    fn fewer_days(&self, agent: Agent, today: Date) -> Option<(Date, Date, Agent, bool)> {
        let known = self.model.agents[agent].absence.as_ref()?;
        let (delegate, agreed) = known.delegate?;
        let from = known.from.max(today);
        let until = if from == known.from {
            known.until - 1.day()
        } else {
            known.until
        };
        (from <= until).then_some((from, until, delegate, agreed))
    }

    /// Returns the delegate of an agent, and the token that they were mailed.
    pub async fn asked(&self, agent: Agent) -> Option<(Agent, String)> {
        if self.model.agents[agent].erased {
            return None;
        }
        let (delegate, _) = self.model.agents[agent]
            .absence
            .as_ref()?
            .delegate
            .filter(|(delegate, _)| !self.model.agents[*delegate].erased)?;
        let account = AccountId::parse(&self.stage.accounts[agent]).expect("an id");
        let stored = self
            .stage
            .world
            .table
            .store_of("preferences")
            .account_read(&account)
            .await
            .ok()??;
        let request = stored.absence?.delegate?.request_id;
        Some((delegate, self.sign(Purpose::Delegation, account, request)))
    }

    pub fn sign(&self, purpose: Purpose, account: AccountId, request: RequestId) -> String {
        self.stage.world.aws.keys().sign(&Token {
            purpose,
            account,
            request,
        })
    }

    /// A delegate answers; the status of that.
    pub fn answered(&mut self, agent: Agent, delegate: Agent, agree: bool, now: Timestamp) -> u16 {
        let active = self.model.agents[delegate].active;
        let account = &mut self.model.agents[agent];
        let Some(absence) = &mut account.absence else {
            return 404;
        };
        if !account.active && agree {
            return 404;
        }
        if !active {
            return 403;
        }
        if absence.until < day(now) {
            return 410;
        }
        absence.delegate = Some((delegate, agree));
        200
    }

    /// Notes the kind that a link in a mail switched off.
    pub fn switched_off(&mut self, agent: Agent, told: &[Told], path: &str) {
        let what = if path.contains("~delegate.") {
            "links of a delegate used"
        } else if path.contains("~told.") {
            "links of a return mail used"
        } else if path.contains("~toldDaily.") {
            "links of a daily mail used"
        } else {
            "links of one kind used"
        };
        self.model.counts.add(what, 1);
        if path.contains("~delegate.") {
            let of = self
                .stage
                .accounts
                .iter()
                .position(|account| path.contains(&format!("~{account}~")));
            let absence = of.and_then(|of| self.model.agents[of].absence.as_mut());
            if let Some(delegate) = absence
                .and_then(|absence| absence.delegate.as_mut())
                .filter(|(delegate, _)| *delegate == agent)
            {
                delegate.1 = false;
            }
            return;
        }
        let kinds = &mut self.model.agents[agent].kinds;
        for told in told {
            let kind = if told.together {
                kind_of(&told.news)
            } else {
                KINDS
                    .iter()
                    .find(|(_, name)| path.contains(&format!("~{name}.")))
                    .expect("a kind in the link")
                    .0
            };
            kinds[kind as usize] = Mode::Off;
        }
        if path.contains("~toldDaily.") {
            kinds
                .iter_mut()
                .filter(|mode| **mode == Mode::Daily)
                .for_each(|mode| *mode = Mode::Off);
        }
    }

    /// Whoever was asked to stand in for an agent answers.
    pub async fn answer(
        &mut self,
        agent: Agent,
        agree: bool,
        now: Timestamp,
    ) -> Result<(), String> {
        let Some((delegate, token)) = self.asked(agent).await else {
            return Ok(());
        };
        let expected = self.answered(agent, delegate, agree, now);
        let body = json!({"token": token, "agree": agree});
        self.ask(
            &stage::login(delegate),
            "POST",
            "/v1/delegations",
            body,
            expected,
        )
        .await
    }

    /// The agent asks for another address, or for its own again, and confirms it, without anything
    /// in the way.
    pub async fn confirm(
        &mut self,
        agent: Agent,
        another: bool,
        now: Timestamp,
    ) -> Result<Vec<Told>, String> {
        let account = &self.model.agents[agent];
        // A confirmed address is not asked about.
        let nothing = !another && account.address == Address::Confirmed;
        if account.erased || !account.active || nothing || !self.quota(agent, now) {
            return Ok(Vec::new());
        }
        let world = Arc::clone(&self.stage.world);
        world.table.mend();
        // What happened at the same instant was before it.
        world.pass(SignedDuration::from_millis(1));
        let now = world.now();
        let changes = account.changes + usize::from(another);
        let id = AccountId::parse(&self.stage.accounts[agent]).expect("an id");
        let wanted = json!({"email": stage::address(agent, changes)});
        world
            .patch_contact(&stage::login(agent), id.as_str(), wanted)
            .await
            .expect(202);
        let stored = world
            .table
            .store_of("accounts")
            .account_read(&id)
            .await
            .map_err(|e| e.to_string())?
            .ok_or("no account")?;
        let request = stored.pending_email.ok_or("nothing waits")?.request_id;
        let token = self.sign(Purpose::Confirmation, id, request);
        let answer = world.confirm(&token).await;
        if answer.status != 200 {
            return Err(format!(
                "confirming answers {}: {}",
                answer.status, answer.text
            ));
        }
        self.model.agents[agent].asked.push(now);
        self.model.agents[agent].changes = changes;
        self.lifted(agent, now);
        Ok(self.model.come(now))
    }

    /// Acts as an administrator may, tried by anybody.
    pub async fn govern(&mut self, by: Agent, agent: Agent, active: bool) -> Result<(), String> {
        let (administrator, account) = (&self.model.agents[by], &self.model.agents[agent]);
        if administrator.erased || account.erased || !account.there || by == agent {
            return Ok(());
        }
        let covers = administrator.entity == account.entity
            || self.model.is_below(account.entity, administrator.entity);
        let may = administrator.active && administrator.administrator && covers;
        let kept = account.declared && account.active != active;
        let path = format!(
            "/v1/entities/{}/agents/{}",
            entity_id(account.entity),
            self.stage.accounts[agent]
        );
        self.ask(
            &stage::login(by),
            "PATCH",
            &path,
            json!({"active": active}),
            match may {
                false => 403,
                true if kept => 409,
                true => 200,
            },
        )
        .await?;
        if may && !kept {
            self.model.agents[agent].active = active;
        }
        Ok(())
    }

    /// One asks, the other accepts, without anything in the way.
    pub async fn associate(
        &mut self,
        one: Agent,
        other: Agent,
        now: Timestamp,
    ) -> Result<(), String> {
        let works =
            |agent: Agent| self.model.agents[agent].active && !self.model.agents[agent].erased;
        if one == other || !works(one) || !works(other) || !self.quota(one, now) {
            return Ok(());
        }
        let world = Arc::clone(&self.stage.world);
        world.table.mend();
        let email = stage::address(other, self.model.agents[other].changes);
        let asker = &self.stage.accounts[one];
        let known = requests(&world, asker).await;
        world
            .post(
                &stage::login(one),
                &self.path(one, "/links"),
                json!({"email": email}),
            )
            .await
            .expect(202);
        let request = requests(&world, asker)
            .await
            .into_iter()
            .find(|request| !known.contains(request))
            .ok_or("no request")?;
        let token = self.sign(
            Purpose::Link,
            AccountId::parse(asker).expect("an id"),
            RequestId::parse(&request).expect("an id"),
        );
        world
            .post(&stage::login(other), "/v1/links", json!({"token": token}))
            .await
            .expect(200);
        self.model.agents[one].asked.push(now);
        self.model.associated.insert((one, other));
        Ok(())
    }

    /// A star given for another one: what the other may, and only who is linked.
    pub async fn star_for(
        &mut self,
        by: Agent,
        agent: Agent,
        consultation: Consultation,
        now: Timestamp,
    ) -> Result<(), String> {
        let (acts, account) = (&self.model.agents[by], &self.model.agents[agent]);
        if by == agent || acts.erased || account.erased {
            return Ok(());
        }
        let linked = [(by, agent), (agent, by)]
            .iter()
            .any(|pair| self.model.associated.contains(pair));
        let expected = if linked && acts.active {
            self.model.star(agent, consultation, true, now)
        } else {
            403
        };
        let path = self.path(
            agent,
            &format!("/favourites/{}", consultation_id(consultation)),
        );
        self.ask(&stage::login(by), "PUT", &path, json!({}), expected)
            .await
    }
}

/// Ids of an account's requests to be linked.
async fn requests(world: &vigie_tests::World, account: &str) -> Vec<String> {
    let pk = format!("ACCOUNT#{account}");
    let items = world.table.items().await;
    let of = items.iter().filter(|item| item["pk"].as_s() == Ok(&pk));
    of.filter_map(|item| {
        item["sk"]
            .as_s()
            .ok()?
            .strip_prefix("LINKREQUEST#")
            .map(str::to_owned)
    })
    .collect()
}
