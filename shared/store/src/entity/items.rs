//! Entities, and the way to their root.

use std::collections::{BTreeMap, BTreeSet};

use vigie_domain::{
    consultation::Scope,
    directory::entity::DeclaredEntity,
    entity::{Entity, MAX_DEPTH, Path},
    id::EntityId,
    text::Text,
};

use crate::{
    Item, Result, Source, Store, StoreError,
    entity::audit::AuditEntry,
    table::{
        item::{self, n, s},
        keys,
        pause::Pause,
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Counts the moves in a tree, at its root, so that two at once cannot make a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeVersion(u64);

impl TreeVersion {
    /// The condition that the tree has not changed.
    pub(crate) fn unchanged(self) -> Expression {
        Expression::condition("treeVersion = :version").value(":version", n(self.0))
    }
}

/// There from when an entity is about to go until it went, or stays after all.
pub(crate) const REMOVING: &str = "removing";

/// The condition that an entity is there to stay: agents, entities and links may come to it.
pub(crate) const TAKES_IN: &str = "attribute_exists(pk) AND attribute_not_exists(removing)";

/// A root: the only entity that has a tree version.
pub(crate) fn root_item(root: &Entity) -> Result<Item> {
    let mut written = item::write(&keys::entity(&root.id), root)?;
    written.insert("treeVersion".to_owned(), n(0));
    Ok(written)
}

impl Store {
    /// An entity.
    pub async fn entity_read(&self, id: &EntityId) -> Result<Option<Entity>> {
        self.get(&keys::entity(id), "entity").await
    }

    /// Entities by id, those that exist and can be read.
    pub async fn entity_read_each(
        &self,
        ids: &BTreeSet<EntityId>,
    ) -> Result<BTreeMap<EntityId, Entity>> {
        let wanted: Vec<_> = ids.iter().map(keys::entity).collect();
        let entities: Vec<Entity> = item::read_those(self.get_all(&wanted).await?, "entity");
        Ok(entities
            .into_iter()
            .map(|entity| (entity.id.clone(), entity))
            .collect())
    }

    /// The ways from entities to their roots. What does not exist has an empty path, and so has
    /// what cannot be read, or lies below that: nobody sees anything by half a way.
    pub async fn entity_read_paths(
        &self,
        ids: &BTreeSet<EntityId>,
    ) -> Result<BTreeMap<EntityId, Path>> {
        let mut paths = self.entity_find_paths(ids).await?;
        Ok(ids
            .iter()
            .map(|id| (id.clone(), paths.remove(id).unwrap_or_default()))
            .collect())
    }

    /// Reads ways without those that cannot be read to their end, for who comes back to what waits
    /// for them. Entities that move while they are read make ways that no root ends: those are read
    /// again.
    pub async fn entity_find_paths(
        &self,
        ids: &BTreeSet<EntityId>,
    ) -> Result<BTreeMap<EntityId, Path>> {
        let mut pause = Pause::default();
        loop {
            let (known, unreadable) = self.above(ids).await?;
            let paths = ids
                .iter()
                .filter(|id| !unreadable.contains(*id))
                .map(|id| (id.clone(), path(id, &known)));
            let above = |path: &Path| {
                path.root()
                    .and_then(|root| known.get(root)?.parent_id.clone())
            };
            let (paths, open): (BTreeMap<_, _>, BTreeMap<_, _>) =
                paths.partition(|(_, path)| above(path).is_none());
            let torn = open
                .values()
                .filter_map(above)
                .any(|above| !unreadable.contains(&above));
            if !torn {
                return Ok(paths);
            }
            if !pause.wait().await {
                return Ok(paths.into_iter().chain(open).collect());
            }
        }
    }

    /// Entities and all above them, read level by level: as many calls as the deepest is deep; and
    /// those that cannot be read.
    async fn above(
        &self,
        ids: &BTreeSet<EntityId>,
    ) -> Result<(BTreeMap<EntityId, Entity>, BTreeSet<EntityId>)> {
        let (mut known, mut unreadable) = (BTreeMap::<EntityId, Entity>::new(), BTreeSet::new());
        let mut wanted = ids.clone();
        // Ends on its own, since each round must find entities that none before found.
        while !wanted.is_empty() {
            let keys: Vec<_> = wanted.iter().map(keys::entity).collect();
            let mut above = BTreeSet::new();
            for found in self.get_all(&keys).await? {
                let pk = item::key(&found).pk;
                match item::read_or_set_aside::<Entity>(found, "entity") {
                    Some(entity) => {
                        above.extend(entity.parent_id.clone());
                        known.insert(entity.id.clone(), entity);
                    }
                    None => unreadable
                        .extend(wanted.iter().find(|id| keys::entity_pk(id) == pk).cloned()),
                }
            }
            wanted = above
                .into_iter()
                .filter(|above| !known.contains_key(above) && !unreadable.contains(above))
                .collect();
        }
        Ok((known, unreadable))
    }

    /// The way from one entity to its root; empty if it does not exist.
    pub async fn entity_read_path(&self, id: &EntityId) -> Result<Path> {
        let mut paths = self
            .entity_find_paths(&BTreeSet::from([id.clone()]))
            .await?;
        paths
            .remove(id)
            .ok_or(StoreError::Corrupt("entity", Source::NONE))
    }

    /// The way to the root among entities just read, walked anew where they do not reach the root,
    /// none if it cannot be read; and the entity itself.
    pub(crate) async fn path_known(
        &self,
        id: &EntityId,
        mut known: BTreeMap<EntityId, Entity>,
    ) -> Result<(Option<Path>, Option<Entity>)> {
        let walked = path(id, &known);
        let top = walked.root().and_then(|root| known.get(root));
        if top.is_some_and(|top| top.parent_id.is_none()) {
            return Ok((Some(walked), known.remove(id)));
        }
        let wanted = BTreeSet::from([id.clone()]);
        let path = self.entity_find_paths(&wanted).await?.remove(id);
        Ok((path, self.entity_read_each(&wanted).await?.remove(id)))
    }

    /// Entities whose agents may follow this one's consultations.
    pub async fn entity_list_transverse_from(&self, id: &EntityId) -> Result<BTreeSet<EntityId>> {
        self.links(id, keys::TRANSVERSE_IN).await
    }

    /// Entities whose consultations this one's agents may follow.
    pub async fn entity_list_transverse_to(&self, id: &EntityId) -> Result<BTreeSet<EntityId>> {
        self.links(id, keys::TRANSVERSE_OUT).await
    }

    /// Entities right below one.
    pub async fn entity_list_below(&self, id: &EntityId) -> Result<BTreeSet<EntityId>> {
        self.links(id, keys::CHILD).await
    }

    async fn links(&self, id: &EntityId, prefix: &str) -> Result<BTreeSet<EntityId>> {
        let links = self.query_whole(keys::entity_pk(id), prefix).await?;
        let others = links
            .iter()
            .filter_map(|link| item::sk(link).strip_prefix(prefix));
        Ok(others.filter_map(|id| EntityId::parse(id).ok()).collect())
    }

    /// Counts the levels of an entity and those below it; looks no further than one more than a
    /// tree may have. Reads every entity below it: for moves, which are rare.
    pub async fn entity_read_height(&self, id: &EntityId) -> Result<usize> {
        let (mut level, mut height) = (BTreeSet::from([id.clone()]), 0);
        while !level.is_empty() && height <= MAX_DEPTH {
            height += 1;
            let mut below = BTreeSet::new();
            for entity in &level {
                below.extend(self.entity_list_below(entity).await?);
            }
            level = below;
        }
        Ok(height)
    }

    /// Everything about where an entity lies that standing rights ask for; and whether all that
    /// lies above it could be read. If not, the way ends at the entity itself.
    pub async fn entity_read_scope(&self, id: &EntityId) -> Result<(Scope, bool)> {
        let path = self
            .entity_find_paths(&BTreeSet::from([id.clone()]))
            .await?
            .remove(id);
        let whole = path.is_some();
        let path = path.unwrap_or_else(|| Path::new(vec![id.clone()]));
        Ok((
            Scope {
                path,
                transverse_from: self.entity_list_transverse_from(id).await?,
            },
            whole,
        ))
    }

    /// The tree's version; `None` if that is no root.
    pub async fn entity_read_tree_version(&self, root: &EntityId) -> Result<Option<TreeVersion>> {
        let found = self.get_item(&keys::entity(root)).await?;
        Ok(found
            .and_then(|root| root.get("treeVersion")?.as_n().ok()?.parse().ok())
            .map(TreeVersion))
    }

    /// Adds an entity below an existing one of a root's tree, by the newest declaration of the
    /// portal or, without one, by administrators; [`StoreError::Refused`] if it exists, its parent
    /// does not, or it was declared otherwise.
    pub async fn entity_create(
        &self,
        entity: &Entity,
        (root, parent): (&EntityId, &EntityId),
        declared: Option<&DeclaredEntity>,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        writes.put(
            (),
            self,
            item::write(&keys::entity(&entity.id), entity)?,
            Expression::condition(ABSENT),
        )?;
        writes.put(
            (),
            self,
            keys::child(parent, &entity.id).attributes(),
            Expression::default(),
        )?;
        writes.put(
            (),
            self,
            below(root, &entity.id, parent),
            Expression::default(),
        )?;
        writes.check(
            (),
            self,
            &keys::entity(parent),
            Expression::condition(TAKES_IN),
        )?;
        self.by(&mut writes, (), &entity.id, declared)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Renames an entity, by whom as [`Self::entity_create`]; [`StoreError::Refused`] if it has
    /// another name or parent by now.
    pub async fn entity_rename(
        &self,
        before: &Entity,
        name: &Text<200>,
        declared: Option<&DeclaredEntity>,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let update = Expression::update("SET #name = :name")
            .when("#name = :before AND parentId = :parent")
            .name("#name", "name")
            .value(":name", s(name.as_str()))
            .value(":before", s(before.name.as_str()))
            .value(":parent", item::value(&before.parent_id)?);
        let mut writes = Transaction::new();
        writes.update((), self, &keys::entity(&before.id), update)?;
        self.by(&mut writes, (), &before.id, declared)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Hangs an entity below another of the same tree, by whom as [`Self::entity_create`];
    /// [`StoreError::Conflict`] if it has another name or parent by now, or the tree has changed
    /// since `version`.
    pub async fn entity_move(
        &self,
        before: &Entity,
        name: &Text<200>,
        parent: &EntityId,
        (root, version): (&EntityId, TreeVersion),
        declared: Option<&DeclaredEntity>,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let old = before.parent_id.as_ref().ok_or(StoreError::Refused)?;
        let update = Expression::update("SET #name = :name, parentId = :parent")
            .when("#name = :before AND parentId = :old")
            .name("#name", "name")
            .value(":name", s(name.as_str()))
            .value(":before", s(before.name.as_str()))
            .value(":parent", s(parent.as_str()))
            .value(":old", s(old.as_str()));
        let mut writes = Transaction::new();
        writes.update((), self, &keys::entity(&before.id), update)?;
        let raise = Expression::update("SET treeVersion = :next")
            .when("treeVersion = :version")
            .value(":next", n(version.0 + 1))
            .value(":version", n(version.0));
        writes.update((), self, &keys::entity(root), raise)?;
        writes.delete(
            (),
            self,
            &keys::child(old, &before.id),
            Expression::default(),
        )?;
        writes.put(
            (),
            self,
            keys::child(parent, &before.id).attributes(),
            Expression::default(),
        )?;
        writes.put(
            (),
            self,
            below(root, &before.id, parent),
            Expression::default(),
        )?;
        if parent != root {
            writes.check(
                (),
                self,
                &keys::entity(parent),
                Expression::condition(TAKES_IN),
            )?;
        }
        self.by(&mut writes, (), &before.id, declared)?;
        self.note(&mut writes, (), entries)?;
        match self.write(writes).await {
            Err(StoreError::Refused) => Err(StoreError::Conflict),
            other => other,
        }
    }
}

/// The entry of an entity at its root, by which the tree is read at once.
fn below(root: &EntityId, entity: &EntityId, parent: &EntityId) -> Item {
    let mut entry = keys::below(root, entity).attributes();
    entry.insert("parentId".to_owned(), s(parent.as_str()));
    entry
}

fn path(id: &EntityId, known: &BTreeMap<EntityId, Entity>) -> Path {
    let mut ids: Vec<EntityId> = Vec::new();
    let mut next = Some(id);
    while let Some(entity) = next.and_then(|id| known.get(id)) {
        if ids.contains(&entity.id) {
            break;
        }
        ids.push(entity.id.clone());
        next = entity.parent_id.as_ref();
    }
    Path::new(ids)
}
