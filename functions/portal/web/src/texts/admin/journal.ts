// « Journal » of the administration: the audit in sentences.

import type { Schemas } from "../../api/client";
import { count, dates, days, moments } from "../../dates";
import { modes, rules, shortKinds } from "../alerts";
import { rightNames, roles } from "../rights";

type Record_ = Schemas["AuditRecord"];
type Change = Schemas["AuditedChange"];

/** The people and entities of an entry, as people say them. */
export interface Named {
  /** « par Ada Lovelace », with a blank before it; nothing where no person did it. */
  by: string;
  whom: string;
  /** « de Claire Martin », « d’Ada Lovelace ». */
  of: string;
  entity: string;
  other: string;
  /** The receiver of what somebody alone followed. */
  receiver: string;
}

const valueOf = ({ changes }: Record_, field: string): string => changes.find((change) => change.field === field)?.after ?? "";

export const texts = {
  intro: "Qui a fait quoi, dans cette entité et celles qui en dépendent, depuis un an : le plus récent d’abord.",
  none: "Rien n’a été fait ici depuis un an.",
  shown: (n: number, more: boolean) => `${count(n, "entrée affichée", "entrées affichées")}${more ? ", et d’autres à la suite" : ""}.`,
  by: (name: string) => ` par ${name}`,
  of: (name: string) => (/^[aeiouyhœæ]/i.test(name.normalize("NFD")) ? `d’${name}` : `de ${name}`),
  /** Somebody whose account is gone, or is none of the reader's. */
  somebody: "une personne supprimée ou d’une autre entité",
  somewhere: "une entité supprimée",
  at: (instant: string) => moments(instant),
};

/** The sentence of an entry. */
export const sentences: Record<Schemas["AuditedAct"], (named: Named, record: Record_) => string> = {
  agentCreated: ({ by, of }) => `Le compte ${of} a été créé${by}, et son invitation envoyée.`,
  agentRefused: ({ by }) => `Un compte n’a pas été créé : l’adresse demandée${by} est déjà utilisée.`,
  agentDeclared: ({ whom }) => `Le portail a déclaré ${whom} : le compte a été créé.`,
  agentImported: ({ by, of }) => `Le compte ${of} a été créé par un fichier importé${by}, et son invitation envoyée.`,
  agentInvited: ({ by, whom }) => `Une invitation a été envoyée à ${whom}${by}.`,
  agentChanged: ({ by, of }) => `Le compte ${of} a été modifié${by} :`,
  agentLeft: ({ of }) => `Le dernier jour ${of} est passé : le compte est désactivé.`,
  administratorsGone: () => "Plus personne n’administre tout l’organisme, sur déclaration du portail.",
  agentHandedOver: ({ whom, receiver }) => `Ce que ${whom} suivait sans personne d’autre est suivi par ${receiver}.`,
  handoverBegun: ({ by, whom, receiver }) => `Ce que ${whom} suit sans personne d’autre a été confié${by} à ${receiver}.`,
  erasureAnnounced: ({ of }, record) => `La suppression du compte ${of} a été annoncée${valueOf(record, "erasedAt") && ` pour le ${days(valueOf(record, "erasedAt"))}`}.`,
  addressReleased: ({ by, of }) => `L’adresse du compte ${of} a été libérée${by}.`,
  agentWithdrawn: ({ by }) => `Un compte dont personne n’avait accepté l’invitation a été retiré${by}.`,
  addressYielded: ({ of }) => `L’adresse du compte ${of}, que personne n’avait confirmée, est allée à qui y a mieux droit.`,
  invitationExpired: () => "Une invitation est restée sans réponse : le compte est supprimé.",
  invitationAccepted: ({ of }) => `L’invitation ${of} a été acceptée.`,
  addressGiven: ({ by, whom }, record) =>
    valueOf(record, "pendingEmail") ? `Une autre adresse a été proposée${by} pour ${whom} : elle attend d’être confirmée.` : `L’adresse proposée pour ${whom} a été retirée${by}.`,
  addressConfirmed: ({ whom }) => `L’adresse proposée pour ${whom} a été confirmée.`,
  recoverySent: ({ by, of }) => `Un lien pour retrouver le compte ${of} a été envoyé${by}.`,
  recoveryWaits: ({ of }, record) => `Un autre identifiant accédera au compte ${of}${valueOf(record, "recovery.due") && ` le ${moments(valueOf(record, "recovery.due"))}`}, sauf si quelqu’un l’arrête.`,
  recoveryStopped: ({ by, of }) => `Le changement d’identifiant du compte ${of} a été arrêté${by}.`,
  accountRecovered: ({ of }) => `Un autre identifiant accède au compte ${of}.`,
  accountErased: () => "Un compte a été supprimé.",
  accountsLinked: ({ of }) => `Le compte ${of} a été associé à un autre.`,
  accountsUnlinked: ({ of }) => `Le compte ${of} n’est plus associé à un autre.`,
  absenceChanged: ({ by, of }) => `L’absence ${of} a été modifiée${by}.`,
  agentsImported: ({ by }, record) => `Un fichier d’agents a été importé${by}${rows(record)}.`,
  importTried: ({ by }, record) => `L’import d’un fichier d’agents a été essayé${by}${rows(record)}.`,
  agentsInvited: ({ by }) => `Les agents déclarés par le portail et jamais invités ont été invités${by}.`,
  entityCreated: ({ by, entity, other }) => `L’entité « ${entity} » a été créée${by}${other && `, sous « ${other} »`}.`,
  defaultsChanged: ({ by, entity }) => `Les choix proposés aux nouveaux agents de l’entité « ${entity} » ont été changés${by} :`,
  entityRenamed: ({ by, entity }) => `L’entité « ${entity} » a été renommée${by}.`,
  entityMoved: ({ by, entity, other }) => `L’entité « ${entity} » a été déplacée${by}${other && ` sous « ${other} »`}.`,
  entityRemoved: ({ by, entity }) => `L’entité « ${entity} » a été supprimée${by}.`,
  entitiesLinked: ({ by, entity, other }) => `Les agents de « ${entity} » peuvent suivre les consultations de « ${other} » : association faite${by}.`,
  entitiesUnlinked: ({ by, entity, other }) => `L’association de « ${entity} » à « ${other} » a été défaite${by}.`,
  organisationProvisioned: ({ entity }) => `L’organisme « ${entity} » a été ouvert, ou a reçu de nouveau un premier administrateur.`,
};

const rows = (record: Record_): string => (valueOf(record, "rows") ? ` (${count(Number(valueOf(record, "rows")), "ligne", "lignes")})` : "");

/** Says a change in a few words; nothing where the sentence says it. */
export function changed({ field, before, after }: Change, entityOf: (id: string) => string): string | null {
  const is = after === "true";
  if (field === "role") return `rôle : ${roles[after as Schemas["Role"]] ?? after}, au lieu de ${roles[before as Schemas["Role"]] ?? before}`;
  if (field === "active") return is ? "compte réactivé" : "compte désactivé";
  if (field === "leavesOn") return after ? `dernier jour : ${dates(after)}` : "plus de dernier jour";
  if (field === "entityId") return `entité : « ${entityOf(after ?? "")} », au lieu de « ${entityOf(before ?? "")} »`;
  if (field === "declared") return "déclaré désormais par le portail";
  const [of, right] = field.split(".");
  if (of === "kinds") return `${shortKinds[right as keyof typeof shortKinds] ?? right} : ${(modes[after as keyof typeof modes] ?? "aucun choix").toLowerCase()}`;
  if (of === "automaticFavourites") return `${rules[right as keyof typeof rules] ?? right} : ${after ? (is ? "favoris automatiques" : "pas de favoris automatiques") : "aucun choix"}`;
  if (of === "permanentGuest") return `droit « ${rightNames[right as keyof typeof rightNames] ?? right} » ${is ? "donné" : "retiré"}`;
  return null;
}
