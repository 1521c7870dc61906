"""The emulator's sign-in page, in French. Cognito's own is in the browser's language."""

# What stands between tags, each with them: what somebody typed never looks like that.
WORDS = {
    '<html lang="en">': '<html lang="fr">',
    "<title>Sign in</title>": "<title>Connexion</title>",
    "<h1>Sign in</h1>": "<h1>Connexion</h1>",
    ">Username</label>": ">Identifiant</label>",
    ">Password</label>": ">Mot de passe</label>",
    ">Sign in</button>": ">Se connecter</button>",
    ">Incorrect username or password.</div>": ">Identifiant ou mot de passe incorrect.</div>",
    "<title>Change password</title>": "<title>Mot de passe</title>",
    "<h1>Set a new password</h1>": "<h1>Choisissez un mot de passe</h1>",
    ">New password</label>": ">Nouveau mot de passe</label>",
    ">Confirm new password</label>": ">Le même encore une fois</label>",
    ">Update password</button>": ">Enregistrer</button>",
    ">Passwords do not match.</div>": ">Les deux mots de passe ne sont pas les mêmes.</div>",
}


def in_french(page: str) -> str:
    """Returns a page of the emulator's in French."""
    for english, french in WORDS.items():
        page = page.replace(english, french)
    return page
