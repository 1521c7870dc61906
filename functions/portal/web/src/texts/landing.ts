// The pages of mailed links: what came of the button. What they explain before stands in pages/*.html, readable without JavaScript.

export interface Outcome {
  success?: boolean;
  /** Pressing again cannot help. */
  final?: boolean;
  /** Another login may. */
  other?: boolean;
  title: string;
  text?: string;
}

export type Outcomes = Record<string, Outcome>;

/** Told when nothing more particular is known. */
export const otherwise: Outcomes = {
  network: { title: "Le service n’a pas répondu", text: "Vérifiez votre connexion au réseau, puis réessayez. Rien n’est perdu : ce lien reste valable." },
  409: { title: "Réessayez", text: "Votre compte vient d’être modifié par ailleurs. Réessayez dans un instant." },
  429: { title: "Trop de demandes à la fois", text: "Le service reçoit beaucoup de demandes. Rien n’est perdu : ce lien reste valable." },
  503: { title: "Service momentanément indisponible", text: "Rien n’est perdu : ce lien reste valable." },
};

export const unexpected: Outcome = {
  title: "Une erreur est survenue",
  text: "L’opération n’a pas abouti. Réessayez plus tard ; si l’erreur persiste, écrivez à l’administrateur de votre organisme.",
};

export const incomplete: Outcome = {
  final: true,
  title: "Ce lien est incomplet",
  text: "Ouvrez-le de nouveau depuis le courriel, en entier : certains logiciels de messagerie coupent les liens trop longs.",
};

export const common = {
  toIssuer: "Vous allez être dirigé vers la page de connexion…",
  issuerSilent: "Le service de connexion n’a pas répondu",
  issuerSilentText: (remains: string) => `Réessayez dans un instant. Rien n’est perdu : ${remains}.`,
  failed: "La connexion n’a pas abouti",
  failedText: (remains: string) => `Elle a été interrompue ou a duré trop longtemps. Vous pouvez recommencer : ${remains}.`,
  retry: (delay: string) => `Réessayez ${delay}.`,
  toAccount: "Ouvrir mon compte",
  delay(seconds: number): string {
    if (seconds < 5) return "dans quelques secondes";
    if (seconds < 90) return `dans ${seconds} secondes`;
    return `dans ${Math.ceil(seconds / 60)} minutes`;
  },
};

/** Texts of a page that acts without a login. */
export interface Acting {
  progress: string;
  outcomes: Outcomes;
}

export const confirmation: Acting = {
  progress: "Confirmation en cours…",
  outcomes: {
    200: { success: true, title: "Votre adresse est confirmée", text: "Les messages de ce service arrivent désormais à cette adresse. Vous pouvez fermer cette page." },
    "email-taken": {
      final: true,
      title: "Cette adresse est déjà utilisée",
      text: "Elle appartient à un autre compte de la plateforme, et une adresse n’est acceptée qu’une fois. Rien n’a changé : indiquez une autre adresse dans vos coordonnées, ou voyez avec l’administrateur de votre organisme.",
    },
    "token-expired": { final: true, title: "Ce lien a expiré", text: "Rien n’a changé. Demandez l’envoi d’un nouveau lien depuis vos coordonnées, puis ouvrez-le depuis le nouveau courriel." },
    404: { final: true, title: "Ce lien n’est plus valable", text: "La demande a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Rien n’a changé." },
  },
};

export const stop: Acting = {
  progress: "Arrêt de la demande…",
  outcomes: {
    200: { success: true, title: "La demande est arrêtée", text: "L’autre identifiant n’accédera pas à votre compte. Prévenez un administrateur de votre organisme, et vérifiez votre adresse dans vos coordonnées." },
    410: { final: true, title: "Il est trop tard pour l’arrêter", text: "Un autre identifiant accède déjà à ce compte. Prévenez aussitôt un administrateur de votre organisme." },
    404: { final: true, title: "Ce lien n’est plus valable", text: "Le compte a été effacé, ou le lien a été mal copié. Rien n’a changé." },
  },
};

const unrecognised = (remains: string): Outcome => ({ title: "La connexion n’a pas été reconnue", text: `Connectez-vous de nouveau. Rien n’est perdu : ${remains}.` });

export interface Asking {
  progress: string;
  remains: string;
  outcomes: Outcomes;
  done: (email?: string) => string;
}

export const invitation: Asking = {
  progress: "Acceptation de l’invitation…",
  remains: "l’invitation reste valable",
  outcomes: {
    200: { success: true, title: "Invitation acceptée" },
    401: unrecognised("l’invitation reste valable"),
    "already-bound": {
      final: true,
      title: "Cette invitation a déjà été acceptée",
      text: "Elle l’a été avec un autre identifiant. Si c’était le vôtre, connectez-vous avec lui ; sinon, prévenez l’administrateur de votre organisme.",
    },
    410: { final: true, title: "Cette invitation a expiré", text: "Une invitation vaut sept jours. Demandez à l’administrateur de votre organisme de vous en envoyer une nouvelle." },
    404: {
      final: true,
      title: "Cette invitation n’est plus valable",
      text: "Elle a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Ouvrez le lien du dernier courriel reçu, ou demandez une nouvelle invitation à l’administrateur de votre organisme.",
    },
  },
  done: (email) => `${email ? `Votre compte est lié à l’identifiant ${email}` : "Votre compte est lié à votre identifiant"}, et votre adresse est confirmée. Choisissez maintenant les alertes à recevoir.`,
};

export const link: Asking = {
  progress: "Association des comptes…",
  remains: "la demande reste valable",
  outcomes: {
    200: { success: true, title: "Les comptes sont associés" },
    401: unrecognised("la demande reste valable"),
    403: {
      other: true,
      title: "Cette demande s’adresse à un autre compte",
      text: "L’identifiant avec lequel vous vous êtes connecté n’est pas celui du compte dont l’adresse a reçu la demande. Recommencez avec l’identifiant de ce compte ; la demande reste valable.",
    },
    410: { final: true, title: "Cette demande a expiré", text: "Une demande vaut sept jours. Rien n’a changé : si vous souhaitez associer vos comptes, elle doit être faite de nouveau." },
    404: { final: true, title: "Cette demande n’est plus valable", text: "Elle a été retirée, l’association a été défaite depuis, ou le lien a été mal copié. Rien n’a changé." },
  },
  done: () => "Chacun peut désormais gérer les préférences de l’autre. Vous pouvez fermer cette page.",
};

export const delegation: Asking = {
  progress: "Enregistrement de votre accord…",
  remains: "la proposition reste valable",
  outcomes: {
    200: { success: true, title: "Vous remplacez votre collègue" },
    401: unrecognised("la proposition reste valable"),
    403: {
      other: true,
      title: "Cette proposition s’adresse à un autre compte",
      text: "L’identifiant avec lequel vous vous êtes connecté n’est pas celui du compte dont l’adresse a reçu la proposition. Recommencez avec l’identifiant de ce compte ; la proposition reste valable.",
    },
    410: { final: true, title: "L’absence est terminée", text: "Votre collègue est de retour : il n’y a plus rien à accepter." },
    404: { final: true, title: "Cette proposition n’est plus valable", text: "Elle a été retirée ou remplacée par une plus récente, ou le lien a été mal copié. Rien n’a changé." },
  },
  done: () => "Ses alertes vous seront envoyées pendant son absence. Vous pouvez fermer cette page.",
};

export const recovery: Asking = {
  progress: "Recherche de votre compte…",
  remains: "ce lien reste valable",
  outcomes: {
    200: { success: true, title: "Vous avez retrouvé votre compte" },
    202: {
      success: true,
      title: "Votre demande est enregistrée",
      text: "Ce compte est celui d’un administrateur, ou un administrateur en a changé l’adresse depuis moins de 30 jours : votre identifiant y accédera dans un jour, sauf si cela est arrêté d’ici là. Si ce compte est celui d’un administrateur et que son adresse n’a pas changé, un autre administrateur peut vous envoyer depuis la liste des agents un lien qui vaut aussitôt.",
    },
    401: unrecognised("ce lien reste valable"),
    410: { final: true, title: "Ce lien a expiré", text: "Il vaut une heure. Rien n’a changé : demandez-en un nouveau, depuis la page d’accueil ou à l’administrateur de votre organisme." },
    404: {
      other: true,
      title: "Ce lien n’est pas valable avec cet identifiant",
      text: "Il l’est pour l’identifiant qui l’a demandé, une seule fois, et pour le dernier lien demandé. Recommencez avec cet identifiant, ou demandez un nouveau lien. Rien n’a changé.",
    },
  },
  done: (email) => `${email ? `L’identifiant ${email}` : "Votre identifiant"} accède désormais à votre compte ; l’ancien ne l’ouvre plus.`,
};
