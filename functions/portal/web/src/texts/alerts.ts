// « Mes alertes électroniques », in the guide's words.

import type { Schemas } from "../api/client";
import { count } from "../dates";

type Kinds = keyof Schemas["Kinds"];
type Rules = keyof Schemas["AutomaticFavourites"];

export const kinds: Record<Kinds, string> = {
  tenderReceived: "Information de réception d’une réponse électronique sur une consultation suivie (synchrone)",
  consultationClosed: "Information de clôture d’une consultation suivie (dépassement de la date limite de remise des plis) avec synthèse des retraits et dépôts électroniques (asynchrone)",
  messageReceived: "Information de réception d’un message sollicité d’entreprise sur une consultation suivie",
  questionReceived: "Information de réception d’une question posée par une entreprise sur une consultation suivie",
  noticePublished: "Information de publication au BOAMP sur une consultation suivie",
  noticeRejected: "Information d’échec de publication au BOAMP sur une consultation suivie",
  approvalRequested: "Information de consultation en attente d’approbation ou de validation",
};

/** In a few words, as the mails name them too. */
export const shortKinds: Record<Kinds, string> = {
  tenderReceived: "Réception d’une réponse électronique",
  consultationClosed: "Clôture d’une consultation",
  messageReceived: "Réception d’un message sollicité d’entreprise",
  questionReceived: "Réception d’une question posée par une entreprise",
  noticePublished: "Publication au BOAMP",
  noticeRejected: "Échec de publication au BOAMP",
  approvalRequested: "Consultation en attente d’approbation ou de validation",
};

/** The kinds of facts in the history, several of which one choice is for. */
export const factKinds: Record<string, string> = {
  ...shortKinds,
  validationRequested: shortKinds.approvalRequested,
  approvalReminded: "Rappel : consultation en attente d’approbation",
  validationReminded: "Rappel : consultation en attente de validation",
};

export const modes: Record<Schemas["Mode"], string> = { immediate: "Immédiate", daily: "Quotidienne", off: "Jamais" };

export const rules: Record<Rules, string> = {
  mine: "Mes consultations",
  ownEntity: "Les consultations de mon entité",
  dependentEntities: "Les consultations des entités qui dépendent de mon entité",
  transverseEntities: "Les consultations de mes entités associées transversalement",
};

/** Words for a star that a rule gave. */
export const ruleGave: Record<Schemas["Rule"], string> = {
  mine: "Favori automatique : ma consultation",
  ownEntity: "Favori automatique : mon entité",
  dependentEntities: "Favori automatique : une entité qui dépend de la mienne",
  transverseEntities: "Favori automatique : une entité associée",
};

export const rights: Record<Rules, string> = {
  mine: "",
  ownEntity: "uniquement si je suis invité permanent sur mon entité",
  dependentEntities: "uniquement si je suis invité permanent sur les entités qui dépendent de mon entité",
  transverseEntities: "uniquement si je suis invité permanent transverse",
};

export const texts = {
  intro: "L’application propose un envoi automatique de courrier électronique (alerte) aux agents pour certains événements. Définissez ici les alertes à recevoir.",
  only: "Seules vos consultations favorites font l’objet des alertes automatiques activées ci-dessous. Vos favoris sont modifiables consultation par consultation depuis le tableau de bord des consultations (bouton ★).",
  summary: (n: number, favourites: string, address: string | null) =>
    address === null
      ? `Vous avez choisi ${count(n, "alerte", "alertes")} sur ${favourites}, mais ce compte n’a aucune adresse : rien ne peut être envoyé.`
      : `Vous recevez ${count(n, "alerte", "alertes")} sur ${favourites}, à ${address}.`,
  favourites: "vos favoris",
  moreThan: (n: number) => `plus de ${n} favoris`,
  proposed: "Votre administration a proposé ces choix à votre arrivée. Vous pouvez les changer.",
  keepProposed: "Garder ces choix",
  keptProposed: "Ces choix sont enregistrés.",
  noAlerts: "Vous ne recevez aucune alerte : choisissez-les ci-dessous.",
  allImmediate: "Tout immédiat",
  allDaily: "Tout quotidien",
  yes: "oui",
  no: "non",
  toFavourites: "Ouvrir le tableau de bord",
  followed: "Alertes liées aux consultations suivies par moi-même",
  followedAs: "(celles pour lesquelles je suis mentionné(e) comme « Invité »)",
  kinds: "Alertes liées à mes consultations favorites",
  daily: "Une alerte quotidienne arrive à 7 h, avec tout ce qui a été enregistré la veille. La clôture n’a pas de « Quotidienne » : sa synthèse vaut le jour même.",
  rules: "À leur premier enregistrement en phase « Élaboration », définir automatiquement comme favoris :",
  missing: "Il vous manque le droit d’invité permanent.",
  missingRights: (names: string[]) => `Un administrateur peut donner les droits d’invité permanent qui manquent, dans « Administration › Agents › Droits et état » : ${names.map((name) => `« ${name} »`).join(", ")}.`,
  giveRights: "Ouvrir « Administration › Agents »",
  would: (n: number) => (n === 0 ? "Aucune consultation des 90 derniers jours." : `${count(n, "consultation", "consultations")} des 90 derniers jours.`),
  changeAddress: "Changer d’adresse",
  testTitle: "Alerte d’essai",
  testIntro: "Vérifiez que les alertes vous parviennent : une alerte d’essai suit tout le chemin d’une vraie, jusqu’à votre boîte aux lettres.",
  test: "Envoyer une alerte d’essai",
  testSteps: { 
    asked: "Demandée : elle est en route.",
    sent: "Envoyée : le service d’envoi l’a acceptée. La remise au serveur du destinataire est attendue.",
    delayed: "Retardée : le serveur du destinataire ne la prend pas encore. De nouveaux essais ont lieu pendant plusieurs heures.",
    delivered: "Remise au serveur du destinataire. Regardez votre boîte aux lettres, et au besoin les indésirables.",
    failed: (state: string) => `Elle n’est pas arrivée : ${state}.`,
    slow: "Toujours en chemin. Elle figurera dans l’historique une fois partie.",
    unsaid: "Envoyée, et la remise n’est pas encore confirmée. Regardez votre boîte aux lettres ; la suite paraîtra dans l’historique.",
  },
  absence: "Mon absence",
  absenceIntro: "Pendant votre absence, vos alertes vont à la personne qui vous remplace si elle l’accepte ; ce qu’elle ne peut pas voir, et tout s’il n’y a personne, vous est gardé et arrive à 7 h le lendemain de votre dernier jour.",
  from: "Premier jour",
  until: "Dernier jour",
  delegate: "Remplaçant",
  nobody: "Personne : tout m’est gardé",
  delegateHint: "Écrivez le début d’un nom, ou toute l’adresse, d’un collègue de votre organisme ; sans personne, tout vous est gardé.",
  delegateOfLinked: "Seul le titulaire du compte cherche parmi ses collègues.",
  unnamedDelegate: "Personne déjà proposée",
  myself: "Moi-même",
  delegateIs: (name: string) => `Remplaçant : ${name}.`,
  announceAbsence: "Enregistrer mon absence",
  endAbsence: "Mettre fin à mon absence",
  endAbsenceText: "Vos alertes vous parviennent de nouveau. Ce qui a été gardé arrive demain à 7 h.",
  cancelAbsenceText: "Cette absence n’a pas commencé : rien n’a été gardé, et vos alertes continuent de vous parvenir.",
  away: (from: string, until: string) => `Absence enregistrée du ${from} au ${until}.`,
  agreed: "La personne qui vous remplace a accepté. Elle ne reçoit que les alertes des consultations auxquelles elle a elle-même accès.",
  waits: "La personne proposée n’a pas encore répondu : jusque-là, tout vous est gardé.",
  alone: "Personne ne vous remplace : tout vous est gardé.",
  order: "Le dernier jour est avant le premier.",
  passed: "Le dernier jour est passé.",
  far: "Une absence se termine dans l’année qui vient.",
  day: "Choisissez un jour.",
  year: "Indiquez une année à quatre chiffres.",
  delegateNeeded: "Choisissez dans la liste la personne qui vous remplace, ou effacez ce champ.",
  asksNext: "Un courriel demande à la personne proposée de vous remplacer : tant qu’elle n’a pas accepté, tout vous est gardé.",
  unknownDelegate: "Cette personne ne peut pas vous remplacer : elle n’est pas, ou plus, un agent actif de votre organisme.",
  ended: "L’absence a pris fin.",
};
