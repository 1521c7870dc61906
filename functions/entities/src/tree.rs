//! Entities and the links across them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vigie_domain::{
    audit::{Change, Record, What},
    canary::is_canary,
    entity::{Entity, Path, is_under, may_move},
    id::EntityId,
    text::Text,
};
use vigie_http::{Call, Problem, Reply, reply::LOCATION, view::EntityName};
use vigie_runtime::again::{Tries, unless_refused};
use vigie_store::{AuditEntry, LinkOwner, StoreError};

use crate::{Entities, agents::entry};

/// An entity as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "WantedEntity")
)]
pub(crate) struct Wanted {
    name: Text<200>,
    parent_id: Option<EntityId>,
}

/// An entity as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Entity")
)]
pub(crate) struct Shown {
    #[serde(flatten)]
    entity: Entity,
    /// True if the portal declares it: its name and place are changed there.
    declared: bool,
    /// True if the portal removed it, and it goes once nothing lies in it any more.
    removing: bool,
    /// Its root: ids of entities of this organisation begin with it.
    organisation_id: EntityId,
    /// Entities whose consultations its agents may follow.
    transverse: BTreeSet<EntityId>,
    /// Entities right below it, by name.
    children: Vec<EntityName>,
}

impl Entities {
    pub(crate) async fn read(&self, call: &Call) -> Result<Reply, Problem> {
        self.shown(&call.administrator()?.path).await
    }

    /// An entity by the way to its root.
    async fn shown(&self, path: &Path) -> Result<Reply, Problem> {
        let (id, root) = path
            .entity()
            .zip(path.root())
            .ok_or_else(Problem::not_found)?;
        let entity = self
            .store
            .entity_read(id)
            .await?
            .ok_or_else(Problem::not_found)?;
        let declared = self.store.declared_entity_read(id).await?;
        let transverse = self.store.entity_list_transverse_to(id).await?;
        let below = self.store.entity_list_below(id).await?;
        let known = self.store.entity_read_each(&below).await?;
        let mut children: Vec<_> = below.iter().map(|id| EntityName::of(id, &known)).collect();
        children.sort_by(|a, b| a.name.cmp(&b.name));
        let shown = Shown {
            entity,
            declared: declared.is_some(),
            removing: declared.is_some_and(|declared| declared.wanted.is_none()),
            organisation_id: root.clone(),
            transverse,
            children,
        };
        Ok(Reply::json(200, &shown)?.tagged())
    }

    /// Creates, renames or moves. Two moves at once in one tree cannot make a cycle: the second
    /// reads again.
    pub(crate) async fn write(&self, call: &Call) -> Result<Reply, Problem> {
        let wanted: Wanted = call.json()?;
        Text::<200>::name(&wanted.name).map_err(|e| Problem::invalid_field("name", e.0))?;
        let id = EntityId::parse(call.parameter("id"))?;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let written = match self.store.entity_read(&id).await? {
                None => self.create(call, &id, &wanted).await,
                Some(before) => self.change(call, &before, &wanted).await,
            };
            if let Some(reply) = written? {
                return Ok(reply);
            }
        }
    }

    /// Returns nothing where somebody else was faster, as [`Self::change`].
    async fn create(
        &self,
        call: &Call,
        id: &EntityId,
        wanted: &Wanted,
    ) -> Result<Option<Reply>, Problem> {
        let parent = wanted
            .parent_id
            .as_ref()
            .ok_or_else(|| Problem::invalid_field("parentId", "a new entity needs a parent"))?;
        let path = self.store.entity_read_path(parent).await?;
        let above = self
            .store
            .entity_read(parent)
            .await?
            .ok_or_else(unknown_parent)?;
        call.administrator()?.require(&path)?;
        call.check_there(None)?;
        let root = path.root().ok_or_else(unknown_parent)?;
        require_own(id, root)?;
        self.require_undeclared(id).await?;
        self.require_staying(parent).await?;
        may_move(id, 1, &path).map_err(|e| Problem::invalid_field("parentId", e.0))?;
        let entity = Entity {
            id: id.clone(),
            name: wanted.name.clone(),
            parent_id: Some(parent.clone()),
            organisation: above.organisation,
        };
        let record = Record::new(
            What::EntityCreated,
            call.administrator()?.actor(&path),
            id,
            call.now,
        )
        .with(parent);
        let created = self
            .store
            .entity_create(
                &entity,
                (root, parent),
                None,
                &[AuditEntry::new(root, record)],
            )
            .await;
        if unless_refused(created)?.is_none() {
            return Ok(None);
        }
        let shown = Shown {
            entity,
            declared: false,
            removing: false,
            organisation_id: root.clone(),
            transverse: BTreeSet::new(),
            children: Vec::new(),
        };
        let reply = Reply::json(201, &shown)?.tagged();
        Ok(Some(reply.with(LOCATION, format!("/v1/entities/{id}"))))
    }

    async fn change(
        &self,
        call: &Call,
        before: &Entity,
        wanted: &Wanted,
    ) -> Result<Option<Reply>, Problem> {
        let path = self.store.entity_read_path(&before.id).await?;
        call.administrator()?.require(&path)?;
        if call.is_conditional() {
            call.check_there(self.shown(&path).await?.etag())?;
        }
        if before.parent_id == wanted.parent_id {
            self.rename(call, before, &path, wanted).await
        } else {
            self.relocate(call, before, &path, wanted).await
        }
    }

    async fn rename(
        &self,
        call: &Call,
        before: &Entity,
        path: &Path,
        wanted: &Wanted,
    ) -> Result<Option<Reply>, Problem> {
        if before.name != wanted.name {
            self.require_undeclared(&before.id).await?;
            let renamed = self
                .store
                .entity_rename(
                    before,
                    &wanted.name,
                    None,
                    &[entry(call, renaming(call, before))?],
                )
                .await;
            if unless_refused(renamed)?.is_none() {
                return Ok(None);
            }
        }
        self.shown(path).await.map(Some)
    }

    async fn relocate(
        &self,
        call: &Call,
        before: &Entity,
        mine: &Path,
        wanted: &Wanted,
    ) -> Result<Option<Reply>, Problem> {
        let administrator = call.administrator()?;
        let (Some(old), Some(parent)) = (&before.parent_id, &wanted.parent_id) else {
            return Err(Problem::invalid_field(
                "parentId",
                "only an organisation's root has no parent, and it keeps it so",
            ));
        };
        let root = mine.root().ok_or_else(Problem::not_found)?;
        let Some(version) = self.store.entity_read_tree_version(root).await? else {
            return Ok(None);
        };
        let paths = self
            .store
            .entity_read_paths(&BTreeSet::from([old.clone(), parent.clone()]))
            .await?;
        let (old, new) = (&paths[old], &paths[parent]);
        if new.ids().is_empty() {
            return Err(unknown_parent());
        }
        administrator.require(old)?;
        administrator.require(new)?;
        self.require_undeclared(&before.id).await?;
        if new.root() != Some(root) {
            return Err(Problem::invalid_field(
                "parentId",
                "an entity stays in its organisation",
            ));
        }
        self.require_staying(parent).await?;
        may_move(
            &before.id,
            self.store.entity_read_height(&before.id).await?,
            new,
        )
        .map_err(|e| Problem::invalid_field("parentId", e.0))?;
        let changes = vec![Change::new(
            "parentId",
            before.parent_id.as_ref().map(EntityId::as_str),
            Some(parent.as_str()),
        )];
        let record = Record::new(What::EntityMoved, call.caller.actor(), &before.id, call.now)
            .with(parent)
            .changing(changes);
        let mut entries = vec![AuditEntry::new(root, record)];
        if before.name != wanted.name {
            entries.push(AuditEntry::new(root, renaming(call, before)));
        }
        let moved = self
            .store
            .entity_move(
                before,
                &wanted.name,
                parent,
                (root, version),
                None,
                &entries,
            )
            .await;
        match moved {
            Ok(()) => self.shown(mine).await.map(Some),
            Err(StoreError::Refused | StoreError::Conflict) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Checks that the portal never declared an id: what it declared is its own, also once it is
    /// removed.
    async fn require_undeclared(&self, id: &EntityId) -> Result<(), Problem> {
        match self.store.declared_entity_read(id).await? {
            None => Ok(()),
            Some(_) => Err(Problem::declared()),
        }
    }

    /// Checks that an entity takes others in: the portal has not removed it.
    async fn require_staying(&self, parent: &EntityId) -> Result<(), Problem> {
        match self.store.declared_entity_read(parent).await? {
            Some(declared) if declared.wanted.is_none() => {
                Err(Problem::invalid_field("parentId", "is about to be removed"))
            }
            _ => Ok(()),
        }
    }

    /// A link lets `{id}`'s agents see `{otherId}`'s consultations, so across trees it needs the
    /// other side's administrator: the caller must administer both.
    pub(crate) async fn link(&self, call: &Call) -> Result<Reply, Problem> {
        let (from, to) = ends(call)?;
        let administrator = call.administrator()?;
        administrator.require(&administrator.path)?;
        let other = self.store.entity_read_path(&to).await?;
        administrator.require(&other)?;
        if from == to {
            return Err(Problem::invalid_field(
                "otherId",
                "an entity needs no link to itself",
            ));
        }
        // What the portal linked is the administrators' from now on.
        if self.store.entity_read_link(&from, &to).await? == Some(LinkOwner::Administrators) {
            return Ok(Reply::empty());
        }
        match self
            .store
            .entity_link(&from, &to, &linking(What::EntitiesLinked, call, &other)?)
            .await
        {
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
        if self
            .store
            .entity_list_transverse_to(&from)
            .await?
            .contains(&to)
        {
            self.store
                .entity_unlink(&from, &to, &linking(What::EntitiesUnlinked, call, &other)?)
                .await?;
        }
        Ok(Reply::empty())
    }
}

/// The deed of giving an entity another name.
fn renaming(call: &Call, before: &Entity) -> Record {
    Record::new(
        What::EntityRenamed,
        call.caller.actor(),
        &before.id,
        call.now,
    )
}

/// The entries of a link: one for each organisation that it touches.
fn linking(what: What, call: &Call, other: &Path) -> Result<Vec<AuditEntry>, Problem> {
    let (from, to) = ends(call)?;
    let administrator = call.administrator()?;
    // Whichever end the caller administers.
    let end = if administrator.covers(&administrator.path) {
        &administrator.path
    } else {
        other
    };
    let record = Record::new(what, administrator.actor(end), &from, call.now).with(&to);
    let roots: BTreeSet<_> = [administrator.path.root(), other.root()]
        .into_iter()
        .flatten()
        .collect();
    Ok(roots
        .into_iter()
        .map(|root| AuditEntry::new(root, record.clone()))
        .collect())
}

fn ends(call: &Call) -> Result<(EntityId, EntityId), Problem> {
    Ok((
        EntityId::parse(call.parameter("id"))?,
        EntityId::parse(call.parameter("otherId"))?,
    ))
}

/// Checks that an id is the organisation's own: any other one is the portal's to declare.
fn require_own(id: &EntityId, root: &EntityId) -> Result<(), Problem> {
    if is_canary(id.as_str()) {
        return Err(Problem::invalid_field("id", "is Vigie's own"));
    }
    if is_under(root, id) {
        return Ok(());
    }
    Err(Problem::invalid_field(
        "id",
        format!("must begin with {root}- (or {root}. or {root}_)"),
    ))
}

fn unknown_parent() -> Problem {
    Problem::invalid_field("parentId", "no such entity")
}
