// The parts of Administration, by the last word of their addresses: the app names them before it loads them.

export const parts = {
  "a-traiter": "À traiter",
  entites: "Entités",
  agents: "Agents",
  import: "Importer des agents",
  alertes: "Alertes à l’arrivée",
  adresses: "Adresses en échec",
  "sans-suivi": "Consultations non suivies",
  destinataires: "Qui recevrait cette alerte ?",
  journal: "Journal",
};

export const texts = {
  nav: "Parties de l’administration",
  intro: "Vous administrez votre entité et toutes celles qui en dépendent.",
  notYours: "L’administration est réservée aux administrateurs.",
  choose: "Entité concernée",
};
