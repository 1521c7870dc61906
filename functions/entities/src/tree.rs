//! Entities and the links across them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vigie_domain::{
    audit::{Change, Record, What},
    canary::is_canary,
    entity::{Entity, Path, is_of, may_move, namespaces},
    id::EntityId,
    text::Text,
};
use vigie_platform::{
    http::{Call, Problem, Reply, reply::LOCATION, view::EntityName},
    log,
    store::{AuditEntry, StoreError},
};

use crate::{Entities, agents::entry};

/// An entity as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WantedEntity"))]
pub(crate) struct Wanted {
    name: Text<200>,
    parent_id: Option<EntityId>,
}

/// An entity as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Entity"))]
pub(crate) struct Shown {
    #[serde(flatten)]
    entity: Entity,
    /// Entities whose consultations its agents may follow.
    transverse: BTreeSet<EntityId>,
    /// Entities right below it, by name.
    children: Vec<EntityName>,
}

impl Entities {
    pub(crate) async fn read(&self, call: &Call) -> Result<Reply, Problem> {
        let path = &call.administrator()?.path;
        let id = path.entity().ok_or_else(Problem::not_found)?;
        self.shown(200, id).await
    }

    async fn shown(&self, status: u16, id: &EntityId) -> Result<Reply, Problem> {
        let entity = self.store.entity_read(id).await?.ok_or_else(Problem::not_found)?;
        let transverse = self.store.entity_list_transverse_to(id).await?;
        let below = self.store.entity_list_below(id).await?;
        let known = self.store.entity_read_each(&below).await?;
        let mut children: Vec<_> = below.iter().map(|id| EntityName::of(id, &known)).collect();
        children.sort_by(|a, b| a.name.cmp(&b.name));
        Reply::json(status, &Shown { entity, transverse, children })
    }

    /// Creates, renames or moves. Two moves at once in one tree cannot make a cycle: the second reads again.
    pub(crate) async fn write(&self, call: &Call) -> Result<Reply, Problem> {
        let wanted: Wanted = call.json()?;
        Text::<200>::name(&wanted.name).map_err(|e| Problem::invalid_field("name", e.0))?;
        let id = EntityId::parse(call.parameter("id"))?;
        for _ in 0..4 {
            let written = match self.store.entity_read(&id).await? {
                None => self.create(call, &id, &wanted).await,
                Some(before) if !self.is_mine(call, &id).await? => self.claim(call, &before, &wanted).await,
                Some(before) if before.parent_id == wanted.parent_id => self.rename(call, &before, &wanted).await,
                Some(before) => self.relocate(call, &before, &wanted).await,
            };
            match written {
                Err(problem) if problem.name == "conflict" && problem.cause.is_none() => {}
                Err(problem) => return Err(problem),
                Ok(reply) => return Ok(reply),
            }
        }
        Err(Problem::conflict())
    }

    async fn create(&self, call: &Call, id: &EntityId, wanted: &Wanted) -> Result<Reply, Problem> {
        let parent = wanted.parent_id.as_ref().ok_or_else(|| Problem::invalid_field("parentId", "a new entity needs a parent"))?;
        let path = self.store.entity_read_path(parent).await?;
        let above = self.store.entity_read(parent).await?.ok_or_else(unknown_parent)?;
        call.administrator()?.require(&path)?;
        let root = path.root().ok_or_else(unknown_parent)?;
        self.require_free(id, root).await?;
        may_move(id, 1, &path).map_err(|e| Problem::invalid_field("parentId", e.0))?;
        let entity =
            Entity { id: id.clone(), name: wanted.name.clone(), parent_id: Some(parent.clone()), organisation: above.organisation };
        let record = Record::new(What::EntityCreated, call.administrator()?.actor(&path), id, call.now).with(parent);
        self.store.entity_create(&entity, parent, &[AuditEntry::new(root, record)]).await.map_err(lasting)?;
        let shown = Shown { entity, transverse: BTreeSet::new(), children: Vec::new() };
        Ok(Reply::json(201, &shown)?.with(LOCATION, format!("/v1/entities/{id}")))
    }

    /// Returns true if the entity lies in the caller's tree, as far as a claim needs to know. Anything else is refused by the write.
    async fn is_mine(&self, call: &Call, id: &EntityId) -> Result<bool, Problem> {
        let administrator = call.administrator()?;
        Ok(administrator.covers(&administrator.path) || !administrator.is_namesake(&self.store.entity_read_path(id).await?))
    }

    /// Takes an entity whose id begins with that of the caller's organisation, and that another one made before there was the caller's: who
    /// and what is in it stays there and goes up, as where a customer comes under an id that was taken.
    async fn claim(&self, call: &Call, there: &Entity, wanted: &Wanted) -> Result<Reply, Problem> {
        let parent = wanted.parent_id.as_ref().ok_or_else(|| Problem::invalid_field("parentId", "a new entity needs a parent"))?;
        let paths = self.store.entity_read_paths(&BTreeSet::from([there.id.clone(), parent.clone()])).await?;
        let (theirs, path) = (&paths[&there.id], &paths[parent]);
        let above = self.store.entity_read(parent).await?.ok_or_else(unknown_parent)?;
        call.administrator()?.require(path)?;
        let (Some(old), Some(left), Some(root)) = (&there.parent_id, theirs.root(), path.root()) else { return Err(Problem::conflict()) };
        if left == root {
            // Claimed a moment ago, by the same login.
            return Err(Problem::conflict());
        }
        if !is_of(&there.id, root) || is_of(&there.id, left) {
            return Err(Problem::forbidden());
        }
        may_move(&there.id, 1, path).map_err(|e| Problem::invalid_field("parentId", e.0))?;
        self.store.entity_vacate(there, old, left, call.now).await.map_err(meanwhile)?;
        let entity =
            Entity { name: wanted.name.clone(), parent_id: Some(parent.clone()), organisation: above.organisation, ..there.clone() };
        let yielded = Record::new(What::EntityYielded, None, &there.id, call.now).with(old);
        let created = Record::new(What::EntityCreated, call.administrator()?.actor(path), &there.id, call.now).with(parent);
        let entries = [AuditEntry::new(root, created), AuditEntry::new(left, yielded)];
        self.store.entity_claim(&entity, there, &entries).await.map_err(meanwhile)?;
        log::count("EntitiesYielded", 1);
        let id = there.id.clone();
        let shown = Shown { entity, transverse: BTreeSet::new(), children: Vec::new() };
        Ok(Reply::json(201, &shown)?.with(LOCATION, format!("/v1/entities/{id}")))
    }

    /// An id that begins with another organisation's is for that one.
    async fn require_free(&self, id: &EntityId, root: &EntityId) -> Result<(), Problem> {
        if is_canary(id.as_str()) {
            return Err(Problem::invalid_field("id", "is Vigie's own"));
        }
        if is_of(id, root) {
            return Ok(());
        }
        let known = self.store.entity_read_each(&namespaces(id).collect()).await?;
        if known.values().any(|entity| entity.parent_id.is_none()) {
            return Err(Problem::invalid_field("id", "begins with the id of another organisation"));
        }
        Ok(())
    }

    async fn rename(&self, call: &Call, before: &Entity, wanted: &Wanted) -> Result<Reply, Problem> {
        call.administrator()?.require(&self.store.entity_read_path(&before.id).await?)?;
        if before.name != wanted.name {
            let record = Record::new(What::EntityRenamed, call.caller.actor(), &before.id, call.now);
            self.store.entity_rename(before, &wanted.name, &[entry(call, record)?]).await.map_err(lasting)?;
        }
        self.shown(200, &before.id).await
    }

    async fn relocate(&self, call: &Call, before: &Entity, wanted: &Wanted) -> Result<Reply, Problem> {
        let administrator = call.administrator()?;
        let (Some(old), Some(parent)) = (&before.parent_id, &wanted.parent_id) else {
            return Err(Problem::invalid_field("parentId", "only an organisation's root has no parent, and it keeps it so"));
        };
        let mine = self.store.entity_read_path(&before.id).await?;
        administrator.require(&mine)?;
        let root = mine.root().ok_or_else(Problem::not_found)?;
        let version = self.store.entity_read_tree_version(root).await?.ok_or_else(Problem::conflict)?;
        let paths = self.store.entity_read_paths(&BTreeSet::from([old.clone(), parent.clone()])).await?;
        let (old, new) = (&paths[old], &paths[parent]);
        if new.ids().is_empty() {
            return Err(unknown_parent());
        }
        administrator.require(old)?;
        administrator.require(new)?;
        if new.root() != Some(root) {
            return Err(Problem::invalid_field("parentId", "an entity stays in its organisation"));
        }
        may_move(&before.id, self.store.entity_read_height(&before.id).await?, new).map_err(|e| Problem::invalid_field("parentId", e.0))?;
        let changes = vec![Change::new("parentId", before.parent_id.as_ref().map(EntityId::as_str), Some(parent.as_str()))];
        let record = Record::new(What::EntityMoved, call.caller.actor(), &before.id, call.now).with(parent).changing(changes);
        self.store.entity_move(before, &wanted.name, parent, (root, version), &[AuditEntry::new(root, record)]).await?;
        self.shown(200, &before.id).await
    }

    /// A link lets `{id}`'s agents see `{otherId}`'s consultations, so across trees it needs the other side's administrator: the
    /// caller must administer both.
    pub(crate) async fn link(&self, call: &Call) -> Result<Reply, Problem> {
        let (from, to) = ends(call)?;
        let administrator = call.administrator()?;
        administrator.require(&administrator.path)?;
        let other = self.store.entity_read_path(&to).await?;
        administrator.require(&other)?;
        if from == to {
            return Err(Problem::invalid_field("otherId", "an entity needs no link to itself"));
        }
        if self.store.entity_list_transverse_to(&from).await?.contains(&to) {
            return Ok(Reply::empty());
        }
        match self.store.entity_link(&from, &to, &linking(What::EntitiesLinked, call, &other)?).await {
            Err(StoreError::Refused) => Err(Problem::not_found()),
            other => Ok(other.map(|()| Reply::empty())?),
        }
    }

    /// Either side can take it back: that only takes sight away.
    pub(crate) async fn unlink(&self, call: &Call) -> Result<Reply, Problem> {
        let (from, to) = ends(call)?;
        let administrator = call.administrator()?;
        let other = self.store.entity_read_path(&to).await?;
        if !administrator.covers(&administrator.path) && !administrator.covers(&other) {
            administrator.require(&administrator.path)?;
        }
        if other.ids().is_empty() {
            return Err(Problem::not_found());
        }
        if self.store.entity_list_transverse_to(&from).await?.contains(&to) {
            self.store.entity_unlink(&from, &to, &linking(What::EntitiesUnlinked, call, &other)?).await?;
        }
        Ok(Reply::empty())
    }
}

/// The entries of a link: one for each organisation that it touches.
fn linking(what: What, call: &Call, other: &Path) -> Result<Vec<AuditEntry>, Problem> {
    let (from, to) = ends(call)?;
    let administrator = call.administrator()?;
    // Whichever end the caller administers.
    let end = if administrator.covers(&administrator.path) { &administrator.path } else { other };
    let record = Record::new(what, administrator.actor(end), &from, call.now).with(&to);
    let roots: BTreeSet<_> = [administrator.path.root(), other.root()].into_iter().flatten().collect();
    Ok(roots.into_iter().map(|root| AuditEntry::new(root, record.clone())).collect())
}

fn ends(call: &Call) -> Result<(EntityId, EntityId), Problem> {
    Ok((EntityId::parse(call.parameter("id"))?, EntityId::parse(call.parameter("otherId"))?))
}

/// Reads whatever was changed meanwhile as a conflict, so that it is read again.
fn meanwhile(e: StoreError) -> Problem {
    if matches!(e, StoreError::Refused | StoreError::Conflict) { Problem::conflict() } else { e.into() }
}

/// Reads a conflict that lasts as a problem: contention was waited out long enough.
fn lasting(e: StoreError) -> Problem {
    let cause = (e == StoreError::Conflict).then(|| e.to_string());
    Problem { cause, ..Problem::from(e) }
}

fn unknown_parent() -> Problem {
    Problem::invalid_field("parentId", "no such entity")
}
