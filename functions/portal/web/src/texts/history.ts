// « Historique »: what was sent, what waits, export and erasure.

import type { Schemas } from "../api/client";
import { count } from "../dates";

export const states: Record<Schemas["DeliveryState"], string> = {
  PENDING: "En cours d’envoi",
  SENT: "Envoyée",
  DELAYED: "Retardée par le serveur destinataire",
  DELIVERED: "Remise",
  BOUNCED: "Revenue : adresse refusée",
  COMPLAINED: "Signalée comme indésirable",
  FAILED: "Échec de l’envoi",
  SKIPPED: "Non envoyée",
};

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
  addressUnconfirmed: "l’adresse n’était pas confirmée",
  addressUndeliverable: "les courriels à votre adresse reviennent",
  mayNotSeeIt: "vous n’aviez pas accès à cette consultation",
  away: "vous étiez absent(e)",
  daily: "elle attend le courriel quotidien",
};

export const texts = {
  intro: "Les alertes qui vous ont été envoyées, et pourquoi.",
  none: "Aucune alerte ne vous a encore été envoyée.",
  noneHint: "Choisissez vos alertes et ajoutez des consultations à vos favoris ; la première alerte paraîtra ici.",
  unnamed: "Consultation",
  hidden: "Consultation à laquelle vous n’avez plus accès",
  test: "Alerte d’essai",
  why: (reason: string) => `Motif : ${reason}.`,
  waiting: "En attente",
  waitingIntro: "Ce qui attend le courriel quotidien de 7 h, ou a été gardé pendant votre absence.",
  showWaiting: "Afficher ce qui attend",
  nothingWaits: "Rien n’attend.",
  waits: (n: number) => `${count(n, "alerte attend", "alertes attendent")} :`,
  untilReturn: "jusqu’à votre retour",
  untilDaily: "jusqu’au prochain courriel de 7 h",
  data: "Mes données",
  exportIntro: "Tout ce que Vigie conserve à votre sujet, dans un fichier lisible par une machine (JSON).",
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
  erased: "Votre compte est supprimé",
  erasedText: "Plus rien ne vous sera envoyé. Vous pouvez fermer cette page.",
  notYours: "L’historique de ce compte n’appartient qu’à son titulaire. Choisissez votre propre compte dans le menu, en haut à droite.",
};
