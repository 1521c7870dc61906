//! Beginning of a history: an organisation of five entities and six agents, in the world and in the
//! model alike. Others come by the portal's word.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use vigie_domain::{
    account::{
        Account, Role,
        preferences::{self, Alerts},
        rights::PermanentGuest,
    },
    contact::Contact,
    entity::Entity,
    id::{EntityId, LoginId},
};
use vigie_preferences::Preferences;
use vigie_runtime::ids;
use vigie_store::{Accepted, Creation};
use vigie_tests::{Login, World, gate::Gate};

use crate::histories::{
    model::{self, Model},
    portal::entity_id,
    steps::{AGENTS, CONSULTATIONS, DECLARED, ENTITIES, NEWCOMERS},
    terms::{Address, KINDS, Kind, Mode, Rights},
};

/// Entity → its parent: 0 is above 1 and 2, 1 above 3, 3 above 4.
const PARENTS: [Option<usize>; ENTITIES] = [None, Some(0), Some(0), Some(1), Some(3), None, None];

/// Entity of each agent, its standing rights (own, dependent, transverse), its rules (in the
/// guide's order).
const PEOPLE: [(usize, [bool; 3], [bool; 4]); NEWCOMERS] = [
    (1, [true, false, false], [true, false, false, false]),
    (2, [false, false, true], [true, false, false, true]),
    (3, [true, true, false], [true, true, true, false]),
    (0, [false, true, false], [false, false, true, false]),
    (2, [true, false, true], [true, true, false, false]),
    (4, [false, false, true], [true, false, false, true]),
];

/// Agents who want a daily mail.
const DAILY: [usize; 3] = [1, 2, 4];

/// The world, and the people who are in it from the beginning.
pub struct Stage {
    pub world: Arc<World>,
    pub administrator: Login,
    /// Between choices and the table.
    pub gate: Gate,
    /// Ids of the agents' accounts; nothing for who did not come yet.
    pub accounts: Vec<String>,
}

/// The administrator's address.
pub const ADMINISTRATOR: &str = "ada@histoires.example.fr";

/// The address of an agent after so many changes of it.
pub fn address(agent: usize, changes: usize) -> String {
    format!("agent{agent}-{changes}@histoires.example.fr")
}

/// Returns the agent whose address it is or was.
pub fn agent_of(address: &str) -> Option<usize> {
    address
        .strip_prefix("agent")?
        .split('-')
        .next()?
        .parse()
        .ok()
        .filter(|agent| *agent < AGENTS)
}

/// Returns the login that acts for an agent.
pub fn login(agent: usize) -> Login {
    Login::new(&format!("agent{agent}"))
}

/// Begins the same in the world and in the model.
pub async fn begin() -> (Stage, Model) {
    let mut world = World::new().await;
    let gate = Gate::open();
    let store = gate.store(&world.table, "preferences");
    world.preferences = Arc::new(Preferences {
        store,
        ..(*world.preferences).clone()
    });
    let world = Arc::new(world);
    let administrator = Login::new("administrator");
    let ada = account(0, ADMINISTRATOR, Role::Administrator);
    create(&world, &ada, &administrator, Some(&entity(0))).await;
    for id in 1..DECLARED {
        let entity = entity(id);
        let parent = entity.parent_id.clone().expect("a parent");
        world
            .table
            .store()
            .entity_create(&entity, (&ada.entity_id, &parent), None, &[])
            .await
            .expect("an entity");
    }
    let (mut accounts, mut agents) = (Vec::new(), Vec::new());
    for (agent, (entity, [own, dependent, transverse], rules)) in PEOPLE.into_iter().enumerate() {
        let mut account = account(entity, &address(agent, 0), Role::Agent);
        account.permanent_guest = PermanentGuest {
            own,
            dependent,
            transverse,
        };
        create(&world, &account, &login(agent), None).await;
        let mut kinds = preferences::Kinds::default();
        let mut wanted = [Mode::Immediate; KINDS.len()];
        for kind in preferences::Kind::ALL {
            let i = KINDS
                .iter()
                .position(|(_, name)| *name == kind.as_str())
                .expect("a kind");
            let daily = DAILY.contains(&agent) && KINDS[i].0 != Kind::ConsultationClosed;
            kinds.set(
                kind,
                if daily {
                    preferences::Mode::Daily
                } else {
                    preferences::Mode::Immediate
                },
            );
            wanted[i] = if daily { Mode::Daily } else { Mode::Immediate };
        }
        let [mine, own_entity, dependent_entities, transverse_entities] = rules;
        let automatic_favourites = preferences::AutomaticFavourites {
            mine,
            own_entity,
            dependent_entities,
            transverse_entities,
        };
        let alerts = Alerts {
            kinds,
            automatic_favourites,
        };
        world
            .table
            .store()
            .alerts_write(&account, &alerts, false)
            .await
            .expect("a choice");
        accounts.push(account.id.to_string());
        agents.push(model::Account {
            there: true,
            joined: true,
            declared: false,
            invited_until: None,
            entity,
            active: true,
            erased: false,
            address: Address::Confirmed,
            rights: Rights {
                own,
                dependent,
                transverse,
            },
            kinds: wanted,
            rules,
            changes: 0,
            administrator: false,
            absence: None,
            asked: Vec::new(),
            confirmed: world.now(),
            came_back: BTreeSet::new(),
            missed: BTreeSet::new(),
        });
    }
    for _ in NEWCOMERS..AGENTS {
        accounts.push(String::new());
        agents.push(model::Account::nobody(world.now()));
    }
    // Nobody is invited by mail: they are there.
    world.table.records();
    (
        Stage {
            world,
            administrator,
            gate,
            accounts,
        },
        Model::new(PARENTS.to_vec(), agents, CONSULTATIONS),
    )
}

fn account(entity: usize, email: &str, role: Role) -> Account {
    let contact =
        Contact::from_json(&json!({"firstName": "Quirin", "lastName": "Quetsche", "email": email}))
            .expect("a contact");
    let entity = EntityId::parse(&entity_id(entity)).expect("an id");
    Account::invite(
        ids::account(),
        entity,
        role,
        contact,
        ids::request(),
        jiff::Timestamp::UNIX_EPOCH,
    )
}

fn entity(id: usize) -> Entity {
    let text = |text: &str| serde_json::from_value(json!(text)).expect("a name");
    let entity_id = |id: usize| EntityId::parse(&entity_id(id)).expect("an id");
    Entity {
        id: entity_id(id),
        name: text("Service"),
        parent_id: PARENTS[id].map(entity_id),
        organisation: text("Organisme"),
    }
}

async fn create(world: &World, account: &Account, login: &Login, root: Option<&Entity>) {
    let store = world.table.store();
    assert_eq!(
        store
            .account_create(account, root, &[])
            .await
            .expect("an account"),
        Creation::Created
    );
    let request = &account
        .invitation
        .as_ref()
        .expect("an invitation")
        .request_id;
    let login = LoginId::new("https://issuer.test", &login.sub);
    assert_eq!(
        store
            .invitation_accept(account, None, &login, request, world.now(), &[])
            .await
            .expect("a login"),
        Accepted::Yes
    );
}
