//! A story in which everything happens that Vigie publishes or logs, told with data that can be
//! recognised anywhere.

use serde_json::{Value, json};

use crate::{
    Login, World,
    fake_aws::Fault,
    scenario::{Person, saved, tender},
    traffic::news,
};

/// Texts that only their owner and the mail may show: parts of names, addresses, numbers and
/// places, too long to occur in an id.
pub const PERSONAL: [&str; 12] = [
    "@",
    "Ministre",
    "Zélie",
    "Zelie",
    "zelie",
    "Xantippe",
    "uetsche",
    "rue du Puits",
    "Blotzheim",
    "89687301",
    "Contremaîtresse",
    "login-of-",
];

impl World {
    /// Everything that happens. What of it is personal: no event but `Rejected` and no log line may
    /// hold any of it.
    pub async fn everything(&self) -> Vec<String> {
        let ada = self.organisation("EMS").await;
        self.entity(&ada, "EMS-DSI", "EMS").await;
        let [zelie, bruno] = [
            self.agent(&ada, "EMS-DSI", "Zelie").await,
            self.agent(&ada, "EMS-DSI", "Bruno").await,
        ];
        let mut named = saved("c-3", 1, "sig", &bruno.id, "drafting", &[]);
        named["author"] = json!({"email": "Zelie.Quetsche@agents.example.fr"});
        named["guests"] = json!([{"email": "xantippe@agents.example.fr"}, {"agentId": "Xantippe"}]);
        self.send("ConsultationSaved", named).await;
        Box::pin(self.contacts(&ada, &zelie)).await;
        for person in [&zelie, &bruno] {
            self.wants_everything(person).await;
            self.put(
                &person.login,
                &person.path("/places"),
                json!({"places": ["68"]}),
            )
            .await
            .expect(200);
        }

        Box::pin(self.links(&zelie, &bruno)).await;

        let mut drafted = saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[&zelie]);
        drafted["title"] =
            json!("Zélie Xantippe, 12 rue du Puits, zelie.quetsche@agents.example.fr");
        drafted["reference"] = json!("Xantippe");
        self.send("ConsultationSaved", drafted).await;
        self.star(&zelie, "c-1").await;
        self.settle().await;
        self.delete(&zelie.login, &zelie.path("/favourites/c-1"))
            .await
            .expect(204);
        self.settle().await;
        self.star(&zelie, "c-1").await;
        for mut news in news("c-1") {
            for (field, value) in [
                ("requestedBy", "Zélie Xantippe"),
                ("messageType", "de Zélie Xantippe"),
                ("depositNumber", "Xantippe"),
            ] {
                news.detail[field] = json!(value);
            }
            if news.detail["wantedOn"].is_string() {
                news.detail["wantedOn"] = json!("2026-11-26");
            }
            self.send(news.detail_type, news.detail).await;
        }
        for (ends, level) in [
            ("ApprovalGiven", json!("Zélie Xantippe")),
            ("ValidationGiven", Value::Null),
        ] {
            self.send(ends, json!({"consultationId": "c-1", "requestId": "r-1", "level": level, "at": "2026-11-24T09:00:00+01:00", "outcome": "refused"})).await;
        }
        self.save("c-2", 1, "NOWHERE", &bruno.id, "drafting", &[])
            .await;
        self.send("TenderReceived", tender("c-2", "d-1")).await;
        Box::pin(self.directory(&ada)).await;
        Box::pin(self.pauses(&ada, &zelie, &bruno)).await;
        Box::pin(self.failures(&ada, &zelie)).await;
        Box::pin(self.recoveries(&ada, &bruno)).await;
        Box::pin(self.departures(&ada, &bruno)).await;
        self.send("TenderReceived", json!({"consultationId": "Zélie Xantippe", "depositId": "zelie.quetsche@agents.example.fr"})).await;
        self.send(
            "OrganisationProvisioned",
            json!({"organisation": "Zélie", "administrator": {"email": "zelie@x"}}),
        )
        .await;

        let mails = self.mails();
        let tokens = mails
            .iter()
            .filter(|mail| mail.text.contains("?token="))
            .map(crate::fake_aws::Mail::token);
        PERSONAL
            .into_iter()
            .map(str::to_owned)
            .chain(tokens)
            .chain(mails.iter().map(|mail| mail.to.clone()))
            .collect()
    }

    /// Accounts looked for, recovered, and kept from that.
    async fn recoveries(&self, ada: &Person, bruno: &Person) {
        let new = Login::new("login-of-Zelie-anew");
        for person in [bruno, ada] {
            let ask = json!({"email": person.email});
            let asked = self.post(&new, "/v1/recoveries", ask);
            asked.await.expect(202);
            self.settle().await;
            let token = self.last_mail(&person.email).token();
            let body = json!({"token": token});
            let confirmed = self.post(&new, "/v1/recoveries/confirm", body).await;
            let waits = person.id == ada.id;
            confirmed.expect(if waits { 202 } else { 200 });
            self.settle().await;
        }
        let path = ada.path("/recovery");
        self.delete(&ada.login, &path).await.expect(204);
        let path = format!("/v1/entities/EMS-DSI/agents/{}/recovery", bruno.id);
        let sent = self.post(&ada.login, &path, json!({}));
        sent.await.expect(202);
        self.settle().await;
        Box::pin(self.readdressed(ada, bruno)).await;
    }

    /// Another address that an administrator sets, and its former reader who stops who comes by it.
    async fn readdressed(&self, ada: &Person, bruno: &Person) {
        let given = "zelie.donnee@agents.example.fr";
        let agent = format!("/v1/entities/EMS-DSI/agents/{}", bruno.id);
        let asked = self.patch(&ada.login, &agent, json!({"email": given}));
        asked.await.expect(202);
        self.settle().await;
        let post = async |path: &str, to: &str| {
            self.settle().await;
            let token = self.last_mail(to).token();
            let asked = self.request("POST", path).json(&json!({"token": token}));
            asked.send().await.expect(200);
        };
        post("/v1/confirmations", given).await;
        let other = Login::new("login-of-Zelie-again");
        let ask = json!({"email": given});
        self.post(&other, "/v1/recoveries", ask).await.expect(202);
        self.settle().await;
        let token = self.last_mail(given).token();
        let body = json!({"token": token});
        let waits = self.post(&other, "/v1/recoveries/confirm", body);
        waits.await.expect(202);
        post("/v1/recoveries/stop", &bruno.email).await;
        self.settle().await;
    }

    /// Gives somebody what an agent alone follows, and lets the agent leave.
    async fn departures(&self, ada: &Person, bruno: &Person) {
        let path = format!("/v1/entities/EMS-DSI/agents/{}", bruno.id);
        let to = json!({"toAccountId": ada.id});
        let handover = format!("{path}/handover");
        self.post(&ada.login, &handover, to).await.expect(202);
        self.settle().await;
        let day = json!({"leavesOn": self.now().strftime("%Y-%m-%d").to_string()});
        self.patch(&ada.login, &path, day).await.expect(200);
        self.settle().await;
    }

    /// Entities that the portal saves, links, moves and removes, in any order; one that hangs
    /// nowhere. Agents: two of one address, who gets it once it is free, who leaves; one who is
    /// invited by a word to all.
    async fn directory(&self, ada: &Person) {
        let saved = |id: &str, revision: u64, parent: &str, to: &[&str]| json!({"organisationId": "EMS", "entityId": id, "revision": revision, "name": "Zélie Xantippe", "parentId": parent, "transverse": to});
        for detail in [
            saved("sig", 1, "dsi", &["dsi", "later"]),
            saved("dsi", 1, "EMS", &["sig"]),
            saved("dsi", 2, "sig", &[]),
            saved("sig", 2, "EMS", &["dsi", "later"]),
            saved("dsi", 3, "EMS", &["sig"]),
        ] {
            self.send("EntitySaved", detail).await;
        }
        let gone = json!({"organisationId": "EMS", "entityId": "dsi", "revision": 4});
        self.send("EntityRemoved", gone).await;
        let agent = |id: &str, revision: u64, email: &str| json!({"organisationId": "EMS", "agentId": id, "revision": revision, "entityId": "sig", "email": email, "civility": "Mme", "firstName": "Zélie", "lastName": "Xantippe", "jobTitle": "Contremaîtresse", "phone": "03 89 68 73 01", "role": "agent", "invite": true});
        for detail in [
            agent("zelie@agents.example.fr", 1, "zelie.x@agents.example.fr"),
            agent("Zélie Xantippe", 1, "zelie.x@agents.example.fr"),
            agent("zelie@agents.example.fr", 2, "Zélie Xantippe"),
        ] {
            self.send("AgentSaved", detail).await;
        }
        let left = json!({"organisationId": "EMS", "agentId": "Zélie Xantippe", "revision": 2, "leftOn": "2026-11-20", "successorAgentId": "zelie@agents.example.fr"});
        self.send("AgentLeft", left).await;
        let mut silent = agent("xantippe", 1, "xantippe.z@agents.example.fr");
        silent["invite"] = json!(false);
        self.send("AgentSaved", silent).await;
        let word = self.post(&ada.login, "/v1/entities/EMS/invitations", json!({}));
        word.await.expect(202);
        self.settle().await;
    }

    /// Contact details, changes of address that are confirmed, sent again, withdrawn and taken, an
    /// invitation taken back.
    async fn contacts(&self, ada: &Person, zelie: &Person) {
        let contact = json!({
            "firstName": "Zélie",
            "lastName": "Xantippe",
            "jobTitle": "Contremaîtresse",
            "phone": "03 89 68 73 01",
            "address": {"street": "12 rue du Puits", "postalCode": "68730", "city": "Blotzheim", "country": "France"},
        });
        self.patch_contact(&zelie.login, &zelie.id, contact)
            .await
            .expect(200);
        let change = async |address: &str| {
            self.patch_contact(&zelie.login, &zelie.id, json!({"email": address}))
                .await
                .expect(202);
            self.settle().await;
        };
        change("zelie.quetsche@agents.example.fr").await;
        self.post(
            &zelie.login,
            &zelie.path("/contact/pending-email/resend"),
            json!({}),
        )
        .await
        .expect(202);
        self.settle().await;
        let token = self.mails_to("zelie.quetsche@agents.example.fr")[1].token();
        self.confirm(&token).await.expect(200);
        self.request("POST", "/v1/confirmations")
            .json(&json!({"token": format!("{token}x")}))
            .send()
            .await
            .expect(404);
        self.settle().await;
        change(&ada.email).await;
        self.delete(&zelie.login, &zelie.path("/contact/pending-email"))
            .await
            .expect(204);
        let invited = self.invite(ada, "EMS-DSI", "Quetsche").await;
        self.settle().await;
        let agent = format!("/v1/entities/EMS-DSI/agents/{invited}");
        self.post(&ada.login, &format!("{agent}/invitation"), json!({}))
            .await
            .expect(202);
        self.settle().await;
        self.delete(&ada.login, &agent).await.expect(204);
        self.settle().await;
    }

    /// Accounts asked for and linked, asked for in vain, accepted by others, undone.
    async fn links(&self, zelie: &Person, bruno: &Person) {
        let ask = async |person: &Person, email: &str| {
            self.post(
                &person.login,
                &person.path("/links"),
                json!({"email": email}),
            )
            .await
            .expect(202);
            self.settle().await;
        };
        ask(bruno, "zelie.quetsche@agents.example.fr").await;
        ask(zelie, "quetsche.xantippe@inconnue.example.fr").await;
        let token = self.last_mail("zelie.quetsche@agents.example.fr").token();
        self.post(&bruno.login, "/v1/links", json!({"token": token}))
            .await
            .expect(403);
        self.post(&zelie.login, "/v1/links", json!({"token": token}))
            .await
            .expect(200);
        self.get(&zelie.login, &zelie.path("/links"))
            .await
            .expect(200);
        self.get(&zelie.login, &bruno.path("/alerts"))
            .await
            .expect(200);
        self.delete(&zelie.login, &zelie.path(&format!("/links/{}", bruno.id)))
            .await
            .expect(204);
        self.settle().await;
    }

    /// A daily mail, and an absence with a delegate who agrees.
    async fn pauses(&self, ada: &Person, zelie: &Person, bruno: &Person) {
        self.put(
            &zelie.login,
            &zelie.path("/alerts"),
            crate::scenario::alerts("daily"),
        )
        .await
        .expect(200);
        self.send("TenderReceived", tender("c-1", "d-daily")).await;
        self.pass(jiff::SignedDuration::from_hours(24));
        self.sweep().await;
        self.wants_everything(zelie).await;
        let days =
            json!({"from": "2026-11-20", "until": "2026-12-20", "delegateAccountId": bruno.id});
        self.put(&zelie.login, &zelie.path("/absence"), days)
            .await
            .expect(200);
        self.settle().await;
        let token = self.last_mail(&bruno.email).token();
        self.post(&ada.login, "/v1/delegations", json!({"token": token}))
            .await
            .expect(403);
        self.post(&bruno.login, "/v1/delegations", json!({"token": token}))
            .await
            .expect(200);
        self.send(
            "QuestionReceived",
            crate::traffic::news("c-1")[2].detail.clone(),
        )
        .await;
        self.put(&zelie.login, &zelie.path("/absence"), Value::Null)
            .await
            .expect(200);
        self.settle().await;
    }

    /// Refused, throttled to death, with the bus down, and left out.
    async fn failures(&self, ada: &Person, zelie: &Person) {
        let refused: Vec<(String, &'static str)> = vec![(
            "zelie.quetsche@agents.example.fr".to_owned(),
            "INVALID_PARAMETER",
        )];
        self.aws
            .with(|traffic| traffic.faults.push_back(Fault::Entries(refused)));
        self.send("TenderReceived", tender("c-1", "d-refused"))
            .await;
        self.aws
            .with(|traffic| traffic.faults.extend(vec![Fault::Down; 4]));
        self.send("TenderReceived", tender("c-1", "d-down")).await;
        self.redrive().await;
        self.patch(
            &ada.login,
            &format!("/v1/entities/EMS-DSI/agents/{}", zelie.id),
            json!({"active": false}),
        )
        .await
        .expect(200);
        self.send("TenderReceived", tender("c-1", "d-inactive"))
            .await;
        self.aws.with(|traffic| traffic.bus_down = true);
        self.get(&zelie.login, &zelie.path("")).await;
        let event = json!({"source": "procurement", "detail-type": "TenderReceived", "detail": {"consultationId": "Zélie Xantippe"}});
        assert!(!self.hand(&event, 1).await);
        self.aws.with(|traffic| traffic.bus_down = false);
    }

    /// Returns the personal part of a text.
    pub fn leak<'p>(text: &str, personal: &'p [String]) -> Option<&'p str> {
        personal
            .iter()
            .map(String::as_str)
            .find(|part| text.contains(*part))
    }

    /// The events of ours that were on the bus, save `Rejected`.
    pub fn published(&self) -> Vec<Value> {
        let seen = self.seen.lock().expect("a lock");
        seen.iter()
            .filter(|event| event["source"] == "vigie" && event["detail-type"] != "Rejected")
            .cloned()
            .collect()
    }
}
