//! Steps of agents: stars, kinds of alerts and rules, and links that switch them off.

use jiff::Timestamp;
use serde_json::json;

use crate::histories::{
    compare,
    play::Play,
    portal,
    receipts::Sent,
    steps::Sort,
    terms::{Agent, Consultation, KINDS, Kind, Mode, RULES},
};

impl Play {
    pub async fn star(
        &mut self,
        agent: Agent,
        consultation: Consultation,
        give: bool,
        now: Timestamp,
    ) -> Result<(), String> {
        if self.model.agents[agent].erased {
            return Ok(());
        }
        let expected = self.model.star(agent, consultation, give, now);
        let star = format!("/favourites/{}", portal::consultation_id(consultation));
        let method = if give { "PUT" } else { "DELETE" };
        self.asks(agent, method, &star, json!({}), expected).await
    }

    pub async fn choose(
        &mut self,
        agent: Agent,
        (kinds, daily): (u8, u8),
        rules: [bool; RULES.len()],
    ) -> Result<(), String> {
        let account = &self.model.agents[agent];
        if account.erased {
            return Ok(());
        }
        let expected = match account.active {
            false => 403,
            true if self.model.lacks_right(agent, rules) => 422,
            true => 200,
        };
        let mode = |i: usize| match (
            kinds >> i & 1 == 1,
            daily >> i & 1 == 1 && KINDS[i].0 != Kind::ConsultationClosed,
        ) {
            (false, _) => Mode::Off,
            (true, false) => Mode::Immediate,
            (true, true) => Mode::Daily,
        };
        let modes: Vec<_> = (0..KINDS.len()).map(mode).collect();
        let (mut wanted, mut automatic) = (json!({}), json!({}));
        for (i, (_, kind)) in KINDS.iter().enumerate() {
            wanted[kind] = json!(modes[i].name());
        }
        for (i, (_, rule)) in RULES.iter().enumerate() {
            automatic[rule] = json!(rules[i]);
        }
        let body = json!({"kinds": wanted, "automaticFavourites": automatic});
        self.asks(agent, "PUT", "/alerts", body, expected).await?;
        if expected == 200 {
            self.model.agents[agent].kinds.copy_from_slice(&modes);
            self.model.agents[agent].rules = rules;
        }
        Ok(())
    }

    pub async fn unsubscribe(&mut self, agent: Agent, sort: Option<Sort>) -> Result<(), String> {
        let world = &self.stage.world;
        let wanted = |sent: &&Sent| {
            sort.map_or(sent.to == agent, |sort| {
                compare::sort(&sent.mail) == Some(sort)
            })
        };
        let Some(sent) = self.sent.iter().rev().find(wanted) else {
            return Ok(());
        };
        let agent = sent.to;
        let Some(newest) = Some(sent.mail.clone()).filter(|_| !self.model.agents[agent].erased)
        else {
            return Ok(());
        };
        let link = newest.headers["List-Unsubscribe"].clone();
        let told = compare::told(&newest)?;
        let path = link
            .trim_matches(['<', '>'])
            .trim_start_matches("https://vigie.test")
            .to_owned();
        let form = (
            "application/x-www-form-urlencoded",
            "List-Unsubscribe=One-Click",
        );
        for _ in 0..3 {
            match world
                .request("POST", &path)
                .raw(form.0, form.1)
                .send()
                .await
                .status
            {
                503 => {}
                200 => {
                    self.switched_off(agent, &told, &path);
                    return Ok(());
                }
                // The year of the link is over; or who was stood in for is gone.
                410 | 404 => return Ok(()),
                status => return Err(format!("unsubscribing answers {status}")),
            }
        }
        Err("unsubscribing does not come to an end".to_owned())
    }
}
