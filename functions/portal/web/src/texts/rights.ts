// Roles and rights, by the names that all views call them.

import type { Schemas } from "../api/client";

export const roles: Record<Schemas["Role"], string> = { agent: "Agent", administrator: "Administrateur" };

export const rightNames = { own: "Invité permanent de son entité", dependent: "Invité permanent des entités dépendantes", transverse: "Invité permanent transverse" };

/** The right that a rule of automatic favourites needs. */
export const rightOf: Partial<Record<keyof Schemas["AutomaticFavourites"], keyof typeof rightNames>> = { ownEntity: "own", dependentEntities: "dependent", transverseEntities: "transverse" };
