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
