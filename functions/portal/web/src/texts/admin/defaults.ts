// « Alertes à l’arrivée », in « Administration ».

export const texts = {
  title: "Choix proposés aux nouveaux agents",
  intro: "Un agent qui accepte son invitation, ici ou dans une entité qui dépend de celle-ci, commence avec ces choix, et peut les changer. Sans eux, il ne reçoit aucune alerte tant qu’il n’en a pas choisi. Les choix des agents déjà présents ne changent jamais.",
  none: "Rien n’est proposé ici, ni dans les entités dont celle-ci dépend.",
  inherited: (name: string) => `Rien n’est proposé ici : les choix de « ${name} » s’appliquent.`,
  own: "Proposer des choix aux nouveaux agents de cette entité et de celles qui en dépendent",
  rights: "Une règle ne vaut que pour les agents qui ont le droit d’invité permanent correspondant à leur arrivée.",
  ruleNames: {
    mine: "Leurs consultations",
    ownEntity: "Les consultations de leur entité",
    dependentEntities: "Les consultations des entités qui dépendent de leur entité",
    transverseEntities: "Les consultations des entités associées transversalement à la leur",
  },
};
