// « Administration ».

import type { Schemas } from "../api/client";
import { count, number } from "../dates";

export const leftOut: Record<Schemas["LeftOut"], string> = {
  notAFavourite: "n’a pas cette consultation en favori",
  kindOff: "a désactivé cette alerte",
  inactive: "compte désactivé",
  noAddress: "aucune adresse",
  addressUnconfirmed: "adresse non confirmée",
  addressUndeliverable: "adresse en échec",
  mayNotSeeIt: "n’a pas ou plus accès à la consultation",
  away: "en absence : son remplaçant, ou le lendemain de son dernier jour",
  daily: "dans son courriel quotidien",
};

export const sights: Record<Schemas["Sight"], string> = {
  author: "auteur",
  guest: "invité",
  ownEntity: "invité permanent de son entité",
  dependentEntity: "invité permanent des entités dépendantes",
  transverseEntity: "invité permanent transverse",
};

/** Explanations of rights: each of what an agent may do by it. */
export const rightsMean = {
  own: "Voit toutes les consultations de son entité, et peut les avoir en favoris automatiques.",
  dependent: "Voit toutes les consultations des entités qui dépendent de la sienne, et peut les avoir en favoris automatiques.",
  transverse: "Voit toutes les consultations des entités associées à la sienne, et peut les avoir en favoris automatiques.",
};

export const texts = {
  entity: "Entité",
  path: "Entité et celles qui en dépendent",
  open: (name: string) => `Ouvrir ${name}`,
  below: "Entités qui dépendent de celle‑ci",
  noneBelow: "Aucune entité n’en dépend.",
  expand: (name: string) => `Déplier ${name}`,
  name: "Nom",
  id: "Identifiant",
  idHint: "Lettres sans accent, chiffres, points, tirets ; commence par l’identifiant de l’organisme et ne change plus ensuite.",
  parent: "Dépend de",
  rename: "Renommer ou déplacer",
  declared: "Cette entité est déclarée par le portail : modifiez-la là-bas.",
  removing: "Cette entité est supprimée sur le portail : elle disparaîtra quand plus rien n’en dépendra.",
  add: "Ajouter une entité",
  added: "L’entité est créée.",
  links: "Entités associées transversalement",
  linksHint: "Les agents de cette entité peuvent suivre les consultations des entités associées s’ils ont le droit d’invité permanent transverse.",
  noLinks: "Aucune entité n’est associée.",
  link: "Associer une entité",
  unlink: "Dissocier",
  invalidMove: "Ce déplacement ferait une boucle, ou sortirait de l’organisme.",
  invalidEntity: "Vérifiez l’identifiant.",
  existingEntity: "Une entité a déjà cet identifiant : choisissez-en un autre.",
  invalidName: "Ce nom n’est pas accepté : corrigez-le.",
  chooseEntity: "Choisissez l’entité à associer.",
  linkedTo: (name: string) => `${name} est associée.`,
  agents: (n: number, more: boolean) => `${count(n, "agent affiché", "agents affichés")}${more ? ", et d’autres à la suite" : ""}.`,
  noAgents: "Cette entité n’a pas encore d’agent.",
  searchAgents: "Chercher un agent",
  searchAgentsHint: "Par le début de ses noms, ou toute son adresse, ici et dans les entités qui en dépendent.",
  noAgentFound: "Aucun agent de ce nom ni de cette adresse, ici ou dans les entités qui en dépendent.",
  moved: (name: string, entity: string) => `${name} dépend désormais de « ${entity} ».`,
  moveMeans: (administrator: boolean) => [
    "Les droits d’invité permanent et les règles de favoris valent aussitôt dans la nouvelle entité, et plus dans l’ancienne.",
    "Les favoris que l’agent ne peut plus voir ne donnent plus d’alerte ; les autres restent.",
    ...(administrator ? ["Il administrera la nouvelle entité et celles qui en dépendent, et plus l’ancienne."] : []),
    "Les administrateurs de la nouvelle entité l’administrent ; ceux de l’ancienne n’y ont plus accès.",
  ],
  refusedMove: "Cette entité n’existe plus, ou n’est pas du même organisme : choisissez-en une autre.",
  state: (active: boolean, status: Schemas["EmailStatus"], invited: boolean) => {
    if (!active) return "Désactivé";
    if (status === "none") return "Aucune adresse";
    if (status === "undeliverable") return "Adresse en échec";
    if (invited) return "Invitation en attente";
    return status === "unconfirmed" ? "Adresse non confirmée" : "Actif";
  },
  declaredAgent: (id: string) => `Agent déclaré par le portail (${id}) : son entité, son rôle, ses droits et son état se modifient là-bas.`,
  inviteOne: "Inviter",
  neverInvited: "Jamais invité",
  declaredAgents: "Agents déclarés par le portail",
  uninvited: (n: number, more: boolean) => `${more ? "Plus de " : ""}${count(n, "agent déclaré n’a jamais été invité", "agents déclarés n’ont jamais été invités")}, ici ou dans les entités qui en dépendent.`,
  unaddressed: (n: number) => `${count(n, "agent n’a pas d’adresse et pourra être invité", "agents n’ont pas d’adresse et pourront être invités")} quand le portail en aura déclaré une.`,
  inviteDeclared: (n: number, more: boolean) => `Inviter les agents déclarés (${more ? "plus de " : ""}${number(n)})`,
  inviteDeclaredTitle: "Inviter les agents déclarés",
  inviteDeclaredText: "Chaque agent déclaré par le portail et jamais invité, ici et dans les entités qui en dépendent, reçoit une invitation valable sept jours. Les envois s’étalent : cent aussitôt, puis un par seconde.",
  inviting: (sent: number, total: number, more: boolean) => `Invitations en cours : ${number(sent)} sur ${more ? "plus de " : ""}${number(total)}. Vous pouvez quitter cette page.`,
  invitedAll: (n: number, at: string) => `${count(n, "agent déclaré a été invité", "agents déclarés ont été invités")} ; terminé le ${at}.`,
  unavailable: "L’adresse déclarée par le portail est déjà utilisée : l’agent l’aura quand elle sera libre. D’ici là, rien ne lui est envoyé.",
  expires: (day: string) => `Invitation valable jusqu’au ${day}`,
  edit: "Droits et état",
  role: "Rôle",
  active: "Compte actif",
  roleHint: "Un administrateur gère les entités, les agents et les droits de son entité et de celles qui en dépendent ; cela ne lui ouvre aucune consultation.",
  rights: "Droits d’invité permanent",
  rightsHint: "Sans eux, un agent ne voit que les consultations dont il est l’auteur ou l’invité. Le retrait d’un droit arrête aussitôt les alertes qu’il permettait.",
  ownAccount: "Le rôle, l’état et l’entité de votre propre compte se changent par un autre administrateur.",
  addressHint: "Une autre adresse attend que son lecteur la confirme ; l’ancienne est prévenue aussitôt. Pendant 30 jours ensuite, un autre identifiant n’accède au compte qu’après 24 heures.",
  addressWaits: (address: string, day: string) => `L’adresse ${address} attend d’être confirmée, jusqu’au ${day}.`,
  addressTakeBack: "Annuler ce changement d’adresse",
  addressBack: "Le changement d’adresse est annulé.",
  mailed: "L’agent est prévenu par courriel de ce qui change.",
  invite: "Inviter un agent",
  inviteHint: "L’adresse est réservée aussitôt ; l’agent reçoit une invitation valable sept jours. Privilégiez une adresse générique pour un compte administrateur.",
  invitedTo: (address: string) => `Invitation envoyée à ${address}.`,
  inviteAgain: "Renvoyer l’invitation",
  removeInvited: "Retirer ce compte",
  removeText: "L’invitation ne vaudra plus rien et l’adresse redevient libre.",
  removed: "Le compte est retiré.",
  undeliverableIntro: "Agents auxquels plus aucune alerte ne parvient, parce que leur adresse refuse les courriels.",
  stopped: (cause: Schemas["StopCause"], since: string, says: string | null) =>
    cause === "complaint" ? `Le ${since}, un message a été signalé comme indésirable.` : `Depuis le ${since}, les messages ne sont pas remis${says ? ` : ${says}` : ""}.`,
  mendUndeliverable: "Chacun d’eux voit pourquoi et ce qui a été manqué dans « Mes coordonnées », et y confirme son adresse ou en indique une autre ; les alertes reprennent alors. Prévenez-les autrement que par courriel.",
  noUndeliverable: "Toutes les adresses fonctionnent.",
  unfollowedIntro: "Consultations en cours que personne n’a en favori dans vos entités : aucune alerte n’en parle à vos agents.",
  noUnfollowed: "Chaque consultation est suivie par quelqu’un de vos entités.",
  recipientsIntro: "Pour une consultation et une alerte : qui la recevrait maintenant, qui non, et pourquoi.",
  consultation: "Consultation",
  consultationHint: "Écrivez sa référence ou des mots de son intitulé, et choisissez‑la dans la liste : celles de vos entités qui sont publiées et en cours. Une autre se trouve par son identifiant, tel que dans l’adresse de sa page.",
  kind: "Alerte",
  search: "Chercher les destinataires",
  noRecipients: "Personne de vos entités n’est concerné.",
  would: "La recevrait",
  wouldNot: (reason: string) => `Non : ${reason}`,
  awaited: (n: number) =>
    n === 1
      ? "Une personne que la consultation nomme n’est pas encore connue : elle n’est pas comptée ici."
      : `${n} personnes que la consultation nomme ne sont pas encore connues : elles ne sont pas comptées ici.`,
  outside: "Ailleurs que dans vos entités",
  outsideFew: "Une à quatre personnes peuvent la voir.",
  outsideMany: (n: number) => `${n} personnes peuvent la voir.`,
  whoGetsIt: "Qui recevrait ses alertes ?",
};
