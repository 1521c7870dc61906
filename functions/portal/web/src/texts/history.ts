// « Historique »: what was sent, what waits, export and erasure.

import type { Schemas } from "../api/client";
import { count } from "../dates";

export const states: Record<Schemas["DeliveryState"], string> = {
  PENDING: "En cours d’envoi",
  SENT: "Envoyée, remise attendue",
  DELAYED: "Retardée par le serveur du destinataire",
  DELIVERED: "Remise au serveur du destinataire",
  BOUNCED: "Refusée par le serveur du destinataire",
  COMPLAINED: "Signalée comme indésirable",
  FAILED: "Échec de l’envoi",
  SKIPPED: "Non envoyée",
};

/** Returns in plain words the meaning of a receiving server's code (RFC 3463), or of the reply code alone (RFC 5321). */
export function codeSays(code: string | null | undefined): string | null {
  if (!code) return null;
  const [, subject, detail] = code.split(".");
  if (subject === "1" && ["0", "1", "3", "6"].includes(detail ?? "")) return "l’adresse n’existe pas ou plus";
  if (subject === "1" && ["2", "10"].includes(detail ?? "")) return "le domaine de l’adresse ne reçoit pas de courrier";
  if (subject === "2" && detail === "1") return "la boîte aux lettres est désactivée";
  if (subject === "2" && detail === "2") return "la boîte aux lettres est pleine";
  if (subject === "3" && detail === "4") return "le message est trop volumineux pour ce serveur";
  if (subject === "4") return "le serveur du destinataire n’est pas joignable";
  if (subject === "7") return "le serveur du destinataire refuse nos messages par une règle de sécurité";
  if (code === "550" || code === "551" || code === "553") return "l’adresse n’existe pas ou plus";
  if (code === "552") return "la boîte aux lettres est pleine";
  if (code === "554") return "le serveur du destinataire refuse nos messages par une règle de sécurité";
  return code.startsWith("4") ? "le serveur du destinataire ne prend pas de message pour l’instant" : "le serveur du destinataire a refusé le message";
}

/** Why a mail was not sent though nothing stood against it. */
const failures: Record<string, string> = {
  rejected: "le service d’envoi a refusé son contenu",
  notRendered: "le message n’a pas pu être composé",
  unknown: "le service d’envoi n’a pas dit s’il l’a prise",
};

/** Returns the outcome of a delivery, as a sentence without its full stop. */
export function outcome({ state, why, code }: { state: Schemas["DeliveryState"]; why?: string | null; code?: string | null }): string {
  const says = codeSays(code);
  if (state === "SKIPPED") return `${states.SKIPPED} : ${reasons[why ?? ""] ?? "ce n’était plus à vous envoyer"}`;
  if (state === "FAILED") return `${states.FAILED} : ${failures[why ?? ""] ?? "le service d’envoi ne l’a pas prise"}`;
  if ((state === "BOUNCED" || state === "DELAYED") && says) return `${states[state]} : ${says} (${code})`;
  return states[state];
}

/** Why it was sent, or was not. */
export const reasons: Record<string, string> = {
  author: "vous avez créé cette consultation",
  guest: "vous êtes mentionné(e) comme invité(e)",
  ownEntity: "vous êtes invité(e) permanent(e) de votre entité",
  dependentEntity: "vous êtes invité(e) permanent(e) des entités qui dépendent de la vôtre",
  transverseEntity: "vous êtes invité(e) permanent(e) des entités associées",
  standsIn: "vous remplacez un(e) collègue",
  notAFavourite: "ce n’était pas l’un de vos favoris",
  kindOff: "cette alerte était désactivée",
  inactive: "le compte était désactivé",
  noAddress: "le compte n’avait aucune adresse",
  addressUnconfirmed: "l’adresse n’était pas confirmée",
  addressUndeliverable: "les courriels à votre adresse reviennent",
  mayNotSeeIt: "vous n’aviez pas accès à cette consultation",
  away: "vous étiez absent(e)",
  daily: "elle attend le courriel quotidien",
  ended: "la demande avait déjà sa réponse",
};

export const texts = {
  intro: "Les alertes qui vous ont été envoyées, et pourquoi.",
  none: "Aucune alerte ne vous a encore été envoyée.",
  noneHint: "Choisissez vos alertes et ajoutez des consultations à vos favoris ; la première alerte paraîtra ici.",
  unnamed: "Consultation",
  hidden: "Consultation à laquelle vous n’avez plus accès",
  test: "Alerte d’essai",
  why: (reason: string) => `Motif : ${reason}.`,
  outcome: (said: string) => `${said}.`,
  waiting: "En attente",
  waitingIntro: "Ce qui attend le courriel quotidien de 7 h, ou a été gardé pendant votre absence.",
  showWaiting: "Afficher ce qui attend",
  nothingWaits: "Rien n’attend.",
  waits: (n: number) => `${count(n, "alerte attend", "alertes attendent")} :`,
  untilReturn: "jusqu’à votre retour",
  untilDaily: "jusqu’au prochain courriel de 7 h",
  data: "Mes données",
  exportIntro: "Tout ce qui est conservé à votre sujet, dans un fichier lisible par une machine (JSON).",
  export: "Télécharger mes données",
  exported: "Le fichier est prêt.",
  erase: "Supprimer mon compte",
  eraseIntro: "La suppression est immédiate et définitive :",
  eraseEffects: [
    "plus aucune alerte ne vous est envoyée ;",
    "vos coordonnées, préférences, favoris, associations et l’historique sont effacés ;",
    "votre adresse électronique redevient libre pour un autre compte ;",
    "vos consultations restent sur la plateforme ; votre identifiant de connexion aussi ;",
    "pour revenir, il faudra une nouvelle invitation de votre administrateur.",
  ],
  eraseConfirm: (email: string) => `Pour confirmer, saisissez votre adresse : ${email}`,
  eraseMismatch: "Ce n’est pas l’adresse de ce compte.",
  eraseConfirmId: (id: string) => `Pour confirmer, saisissez l’identifiant de ce compte : ${id}`,
  eraseMismatchId: "Ce n’est pas l’identifiant de ce compte.",
  erased: "Votre compte est supprimé",
  erasedText: "Plus rien ne vous sera envoyé. Vous pouvez fermer cette page.",
  notYours: "L’historique de ce compte n’appartient qu’à son titulaire. Choisissez votre propre compte dans le menu, en haut à droite.",
};
