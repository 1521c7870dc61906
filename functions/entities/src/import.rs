//! Agents of a spreadsheet, created as one by one: a row that cannot be is said so and spoils no
//! other, and the same call again creates what is still missing.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use vigie_domain::{
    account::{Account, Role, own_domain::OwnDomains, reservation},
    audit::{Record, What},
    contact::{Contact, FieldError, email::Email},
    id::{AccountId, EntityId},
    import::{Row, rows},
    quota,
};
use vigie_http::{Call, Problem, Reply};
use vigie_runtime::{clock, ids, log};
use vigie_store::{Creation, Holding};

use crate::{
    Entities,
    agents::{entry, existing},
};

/// Time in which a call begins rows, of the function's ten seconds; the client sends the rest
/// again.
const TIME_FOR_ROWS: Duration = Duration::from_secs(6);

/// The result of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "RowStatus")
)]
enum Status {
    /// The account is there and its invitation on its way.
    Created,
    /// A dry run: the account would be created.
    WouldCreate,
    /// The address belongs to an agent of this entity, which stays as it is.
    Unchanged,
    /// Something is wrong with the row.
    Refused,
    /// Not done as far as is known, since time was over or the table went away: send the file
    /// again.
    NotTried,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ImportedRow")
)]
struct Outcome {
    /// The line of the file that the row begins on; the header line is 1.
    row: u64,
    /// The row's address, if it is one.
    email: Option<Email>,
    status: Status,
    /// The agent that was created, or was there.
    account_id: Option<AccountId>,
    /// The reasons for which the row was refused, by column.
    errors: Vec<FieldError>,
}

/// The result of a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ImportReport")
)]
pub(crate) struct Report {
    dry_run: bool,
    rows: Vec<Outcome>,
    created: usize,
    would_create: usize,
    unchanged: usize,
    refused: usize,
    not_tried: usize,
}

impl Report {
    fn new(dry_run: bool, rows: Vec<Outcome>) -> Self {
        let count = |status| rows.iter().filter(|row| row.status == status).count();
        Self {
            dry_run,
            created: count(Status::Created),
            would_create: count(Status::WouldCreate),
            unchanged: count(Status::Unchanged),
            refused: count(Status::Refused),
            not_tried: count(Status::NotTried),
            rows,
        }
    }
}

impl Outcome {
    fn new(row: &Row, status: Status) -> Self {
        Self {
            row: row.line,
            email: row.email.clone(),
            status,
            account_id: None,
            errors: Vec::new(),
        }
    }

    fn refused(row: &Row, errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(row, Status::Refused)
        }
    }

    /// An address that has an owner: whoever it is, if not of this entity, is none of the caller's
    /// business.
    fn owned(row: &Row, owner: &Account, entity: &EntityId) -> Self {
        if &owner.entity_id == entity {
            Self {
                account_id: Some(owner.id.clone()),
                ..Self::new(row, Status::Unchanged)
            }
        } else {
            Self::taken(row)
        }
    }

    fn taken(row: &Row) -> Self {
        Self::refused(row, vec![FieldError::new("email", "email-taken")])
    }
}

/// True if it is worth asking an account for its address: where it lies in the same
/// organisation, it keeps it.
fn may_yield(owner: &Account, domains: &OwnDomains) -> bool {
    let address = owner.contact.email.as_ref();
    reservation::is_reserved(owner) && address.is_some_and(|address| domains.own(address))
}

impl Entities {
    /// Creates the agents of a spreadsheet, or says in a dry run which it would create.
    pub(crate) async fn import_agents(&self, call: &Call) -> Result<Reply, Problem> {
        let (entity, started) = (existing(call)?, clock::instant());
        let text = call.csv(false)?.text;
        let dry_run = call.flag("dryRun")?;
        let rows = rows(&text).map_err(Problem::invalid)?;
        let good: Vec<_> = rows
            .iter()
            .filter(|row| row.agent.is_ok())
            .filter_map(|row| row.email.clone())
            .collect();
        let domains = if good.is_empty() {
            OwnDomains::default()
        } else {
            self.count(call, rows.len(), &good, dry_run).await?
        };
        let owners = self.store.address_read_owners(&good).await?;
        let (mut outcomes, mut created, mut stopped) =
            (Vec::with_capacity(rows.len()), false, false);
        for row in &rows {
            let owner = row.email.as_ref().and_then(|address| owners.get(address));
            let outcome = match &row.agent {
                Err(errors) => Outcome::refused(row, errors.clone()),
                Ok((contact, role)) => match owner.filter(|owner| !may_yield(owner, &domains)) {
                    Some(owner) => Outcome::owned(row, owner, entity),
                    None if dry_run && let Some(owner) = owner => {
                        self.tried(row, owner, &domains, call).await?
                    }
                    None if dry_run => Outcome::new(row, Status::WouldCreate),
                    None if stopped || started.elapsed() >= TIME_FOR_ROWS => {
                        Outcome::new(row, Status::NotTried)
                    }
                    None => match self.import(row, contact, *role, call).await {
                        Ok(outcome) => outcome,
                        // Nothing was done, and the usual answer says so.
                        Err(problem) if !created => return Err(problem),
                        Err(problem) => {
                            stopped = true;
                            log::error(
                                "import stopped",
                                json!({"problem": problem.name, "cause": problem.cause}),
                            );
                            Outcome::new(row, Status::NotTried)
                        }
                    },
                },
            };
            created |= outcome.status == Status::Created;
            outcomes.push(outcome);
        }
        Reply::json(200, &Report::new(dry_run, outcomes))
    }

    /// Each address that is looked up tells whether it is known here: counted, and told to the
    /// other administrators, before it is.
    async fn count(
        &self,
        call: &Call,
        rows: usize,
        addresses: &[Email],
        dry_run: bool,
    ) -> Result<OwnDomains, Problem> {
        let entity = existing(call)?;
        let root = call
            .administrator()?
            .path
            .root()
            .ok_or_else(Problem::not_found)?;
        let domains = self.store.administrator_read_domains(root).await?;
        let own = addresses
            .iter()
            .filter(|address| domains.show(address))
            .count();
        self.look_up(call, dry_run, quota::lookups(addresses.len(), own))
            .await?;
        let what = if dry_run {
            What::ImportTried
        } else {
            What::AgentsImported
        };
        let record =
            Record::new(what, call.caller.actor(), entity, call.now).counting("rows", rows);
        self.store.audit_write(&entry(call, record)?).await?;
        Ok(domains)
    }

    /// A row whose address another account may yield, as a dry run finds it.
    async fn tried(
        &self,
        row: &Row,
        owner: &Account,
        domains: &OwnDomains,
        call: &Call,
    ) -> Result<Outcome, Problem> {
        let holding = match &row.email {
            Some(address) => self.holding(call, address, domains).await?,
            None => Holding::Free,
        };
        Ok(match holding {
            Holding::Kept => Outcome::owned(row, owner, existing(call)?),
            Holding::Free | Holding::Yields(_) => Outcome::new(row, Status::WouldCreate),
        })
    }

    /// Counts addresses that are looked up for the caller's organisation, or says when they may be.
    pub(crate) async fn look_up(
        &self,
        call: &Call,
        dry_run: bool,
        addresses: usize,
    ) -> Result<(), Problem> {
        let administrator = call.administrator()?;
        let root = administrator.path.root().ok_or_else(Problem::not_found)?;
        let part = call
            .caller
            .actor()
            .filter(|_| !administrator.covers_organisation());
        let allowed = self
            .store
            .quota_take_for_lookup(root, part, dry_run, addresses, call.now)
            .await?;
        allowed.map_err(|until| {
            Problem::too_many_lookups(until.duration_since(call.now).as_secs() + 1)
        })
    }

    /// Creates an agent in the same way as a request for a single one.
    async fn import(
        &self,
        row: &Row,
        contact: &Contact,
        role: Role,
        call: &Call,
    ) -> Result<Outcome, Problem> {
        let (entity, now) = (existing(call)?, call.now);
        let account = Account::invite(
            ids::account(),
            entity.clone(),
            role,
            contact.clone(),
            ids::request(),
            now,
        );
        let entry = entry(
            call,
            Record::new(What::AgentImported, call.caller.actor(), entity, now).to(&account.id),
        )?;
        match self.create_account(call, &account, entry).await? {
            Creation::Created => Ok(Outcome {
                account_id: Some(account.id),
                ..Outcome::new(row, Status::Created)
            }),
            // Since it was looked up: perhaps by this very file, sent twice at once.
            Creation::EmailTaken => {
                let owners = self.store.address_read_owners(row.email.as_slice()).await?;
                Ok(owners.values().next().map_or_else(
                    || Outcome::taken(row),
                    |owner| Outcome::owned(row, owner, entity),
                ))
            }
            Creation::Entity => Err(Problem::not_found()),
        }
    }
}
