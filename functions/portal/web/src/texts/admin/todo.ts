// « Administration », « À traiter »: what waits for whoever administers.

import type { Schemas } from "../../api/client";
import { count, number } from "../../dates";

/** « 3 », « 50 et plus ». */
const atLeast = (n: number, more: boolean): string => `${number(n)}${more ? " et plus" : ""}`;

export const kinds: Record<Schemas["TodosOfAKind"]["kind"], { title: string; text: string }> = {
  undeliverable: { title: "Adresses en échec", text: "Plus aucune alerte ne parvient à ces agents. Chacun voit ce qu’il a manqué dans « Mes coordonnées » ; prévenez-les autrement que par courriel." },
  unfollowed: { title: "Consultations que personne ne suit", text: "Aucune alerte n’en parle à vos agents." },
  recovery: { title: "Changements d’identifiant", text: "Si l’agent n’en sait rien, arrêtez la demande." },
  leaving: { title: "Départs", text: "Ce que ces agents sont seuls à suivre doit passer à quelqu’un d’autre." },
  noAddress: { title: "Comptes sans adresse", text: "Rien ne peut leur être envoyé." },
  invitation: { title: "Invitations", text: "Elles valent sept jours ; un compte que personne n’accepte disparaît trente jours après la dernière." },
  uninvited: { title: "Agents jamais invités", text: "Le portail les a déclarés ; sans invitation, ils n’ont pas accès à leur compte." },
};

export const texts = {
  some: (n: number, more: boolean) => (more ? `Au moins ${count(n, "chose", "choses")} à traiter.` : `${count(n, "chose", "choses")} à traiter.`),
  none: "Rien à traiter.",
  updated: (time: string) => `Mis à jour à ${time}.`,
  refresh: "Actualiser",
  title: (kind: Schemas["TodosOfAKind"]) => `${kinds[kind.kind].title} (${atLeast(kind.count, kind.more)})`,
  mend: "Corriger l’adresse",
  declared: "Le portail déclare cette adresse : corrigez-la là-bas.",
  unaccepted: "Son invitation est revenue : retirez ce compte, puis invitez cette personne à la bonne adresse.",
  toAgents: "Voir l’agent",
  ran: (day: string) => `Invitation expirée depuis le ${day}.`,
  noAddress: "Le portail n’a déclaré aucune adresse ; l’agent peut en indiquer une dans « Mes coordonnées ».",
  due: (date: string, left: string | null) => `Échéance : ${date}${left ? `, dans ${left}` : ", passée"}`,
  noDeadline: "Sans échéance",
  follow: "Voir qui peut la suivre",
};
