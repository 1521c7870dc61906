// « Mes comptes associés ».

export const texts = {
  intro: "Pour les agents qui mettent en ligne des procédures pour le compte de plusieurs entités dont les services sont mutualisés : associez les comptes que vous y avez, ou celui d’un collègue.",
  what: "Une fois deux comptes associés, chacun peut consulter et modifier les alertes, les lieux, les favoris et l’absence de l’autre ; jamais ses coordonnées, ses associations, l’export, la suppression ni l’administration. Chacun peut défaire l’association à tout moment.",
  none: "Aucun compte n’est associé au vôtre.",
  list: "Comptes associés",
  since: (day: string) => `associé depuis le ${day}`,
  act: "Agir pour ce compte",
  undo: "Défaire l’association",
  undoText: (name: string) => `${name} et vous ne pourrez plus gérer les préférences l’un de l’autre. Pour revenir en arrière, il faudra une nouvelle demande.`,
  undone: "L’association est défaite.",
  ask: "Demander une association",
  askText: "Indiquez l’adresse électronique du compte à associer. Si un compte a cette adresse, son titulaire reçoit un courriel avec un lien, valable sept jours, pour accepter. Par discrétion, la réponse est la même si aucun compte ne l’a.",
  email: "Adresse électronique du compte à associer",
  send: "Envoyer la demande",
  sent: "La demande est partie.",
  sentText: (address: string) => `Si un compte a l’adresse ${address}, son titulaire a reçu votre demande. L’association apparaîtra ici une fois acceptée.`,
  notYours: "Les associations de ce compte n’appartiennent qu’à son titulaire. Choisissez votre propre compte dans le menu, en haut à droite.",
};
