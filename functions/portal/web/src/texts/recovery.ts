// « Retrouver mon compte »: for who signs in with another login than before, and for those who can stop it.

export const texts = {
  find: "Retrouver mon compte",
  findText:
    "Votre identifiant a changé ? Indiquez l’adresse électronique de votre compte d’agent : un lien y est envoyé, avec lequel votre nouvel identifiant prend la place de l’ancien.",
  email: "Adresse électronique de votre compte",
  send: "Envoyer le lien",
  sent: "C’est noté.",
  sentText: (address: string) =>
    `Si un compte confirmé a pour adresse ${address}, un lien vient de lui être envoyé : il vaut une heure, pour votre identifiant seulement. Vous pourrez le redemander dans dix minutes. Sans réponse, adressez-vous à l’administrateur de votre organisme, qui peut vous en envoyer un.`,
  newcomer: "Vous n’avez pas encore de compte ? Ouvrez le lien de votre invitation, ou demandez-en une à l’administrateur de votre organisme.",
  waits: "Un autre identifiant va prendre la place du vôtre",
  waitsText: (moment: string) =>
    `Il a confirmé un lien envoyé à l’adresse de ce compte, et y accédera le ${moment}. Si ce n’est pas vous, arrêtez cette demande : rien ne changera.`,
  agentWaits: (moment: string) => `Un autre identifiant accédera à ce compte le ${moment}, sauf si cela est arrêté.`,
  stop: "Arrêter cette demande",
  stopped: "La demande est arrêtée.",
  sendLink: "Envoyer un lien de récupération",
  linkText: "Il permet à cette personne d’accéder à son compte avec un autre identifiant, qui prend la place de l’ancien. Il est envoyé à l’adresse du compte et vaut une heure.",
  linkSent: "Le lien est envoyé.",
};
