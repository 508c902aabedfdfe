"""The fixed words of the app in both languages.

Titles of pages stand in their specs, labels of metrics in the metric definitions, words that
reports share in `reports.words`.
"""

from typing import Final

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # log-in
    "tagline": (
        "Moves, money and numbers in one place.",
        "Déménagements, finances et chiffres au même endroit.",
    ),
    "sign_in": ("Sign in", "Se connecter"),
    "sign_in_again": ("Sign in again", "Se reconnecter"),
    "sign_out": ("Sign out", "Se déconnecter"),
    "email": ("E-mail", "Courriel"),
    "password": ("Password", "Mot de passe"),
    "sign_in_refused": (
        "Address or password is wrong, or there were too many attempts."
        " After five of them, wait 15 minutes.",
        "L’adresse ou le mot de passe est erroné, ou il y a eu trop de tentatives."
        " Après cinq essais, attendez 15 minutes.",
    ),
    "forgotten": (
        "Forgot it? Ask your administrator for a one-time password.",
        "Oublié ? Demandez un mot de passe à usage unique à votre administrateur.",
    ),
    "choose_password": ("Choose your password", "Choisissez votre mot de passe"),
    "change_password": ("Change password", "Changer le mot de passe"),
    "password_due": (
        "You signed in with a one-time password. Choose one of your own to go on.",
        "Vous avez utilisé un mot de passe à usage unique. Choisissez le vôtre pour continuer.",
    ),
    "password_old": ("Current password", "Mot de passe actuel"),
    "password_once": ("One-time password", "Mot de passe à usage unique"),
    "password_new": ("New password", "Nouveau mot de passe"),
    "password_again": ("New password, again", "Nouveau mot de passe, encore"),
    "password_hint": (
        "At least {shortest} characters. A few words are easier than signs.",
        "Au moins {shortest} caractères. Quelques mots valent mieux que des signes.",
    ),
    "password_save": ("Save password", "Enregistrer"),
    "password_length": (
        "The new password must have between {shortest} and {longest} characters.",
        "Le nouveau mot de passe doit compter de {shortest} à {longest} caractères.",
    ),
    "password_current": (
        "The current password is not right.",
        "Le mot de passe actuel est erroné.",
    ),
    "password_password": (
        "The new password must differ from the current one.",
        "Le nouveau mot de passe doit différer de l’actuel.",
    ),
    "password_repeated": (
        "The two new passwords differ.",
        "Les deux nouveaux mots de passe diffèrent.",
    ),
    "back": ("Back", "Retour"),
    "second_factor": ("Second factor", "Deuxième facteur"),
    "code": ("Code", "Code"),
    "code_due": (
        "Enter the code that your authenticator app shows now.",
        "Entrez le code que votre application d’authentification affiche maintenant.",
    ),
    "code_hint": (
        "Telephone lost? One of your recovery codes does it too, once.",
        "Téléphone perdu ? Un de vos codes de secours suffit aussi, une seule fois.",
    ),
    "code_refused": (
        "The code is wrong or was used before, or there were too many attempts. Wait for the next"
        " code; after five attempts, 15 minutes.",
        "Le code est erroné ou a déjà servi, ou il y a eu trop de tentatives. Attendez le prochain"
        " code; après cinq essais, 15 minutes.",
    ),
    "code_wrong": (
        "That is not the code of this moment.",
        "Ce n’est pas le code de ce moment.",
    ),
    "go_on": ("Continue", "Continuer"),
    "factor_off": (
        "With a second factor nobody gets into your account with the password alone.",
        "Avec un deuxième facteur, le mot de passe seul n’ouvre plus votre compte.",
    ),
    "factor_due": (
        "Your company wants a second factor for your role. Set it up to go on.",
        "Votre entreprise exige un deuxième facteur pour votre rôle. Configurez-le pour continuer.",
    ),
    "factor_on": (
        "Your account asks for a code after the password.",
        "Votre compte demande un code après le mot de passe.",
    ),
    "factor_scan": (
        "Scan it with an authenticator app.",
        "Numérisez-le avec une application d’authentification.",
    ),
    "factor_secret": ("Or type this key:", "Ou saisissez cette clé :"),
    "factor_set": ("Switch on", "Activer"),
    "factor_end": ("Switch off", "Désactiver"),
    "factor_needed": (
        "Your company wants a second factor for your role.",
        "Votre entreprise exige un deuxième facteur pour votre rôle.",
    ),
    "recovery_new": ("New recovery codes", "Nouveaux codes de secours"),
    "recovery_lead": (
        "Keep these recovery codes where you find them without your telephone. Each opens the"
        " account once; they are not shown again.",
        "Gardez ces codes de secours là où vous les trouverez sans téléphone. Chacun ouvre le"
        " compte une fois; ils ne seront plus affichés.",
    ),
    "recovery_kept": ("I have kept them", "Je les ai gardés"),
    # around every page
    "session_ended": ("Your session has ended.", "Votre session est terminée."),
    "trouble": (
        "Something went wrong on our side. It is noted; try again in a moment.",
        "Une erreur est survenue de notre côté. Elle est notée; réessayez dans un instant.",
    ),
    "nothing_here": (
        "There is no page for your role yet.",
        "Il n’y a pas encore de page pour votre rôle.",
    ),
    "sql_page": ("SQL", "SQL"),
    "group_home": ("Home", "Accueil"),
    "group_sales": ("Sales", "Ventes"),
    "group_operations": ("Operations", "Opérations"),
    "group_money": ("Money", "Finances"),
    "group_assets": ("Assets", "Actifs"),
    "group_outlook": ("Outlook", "Perspectives"),
    "group_data": ("Data", "Données"),
    "data_as_of": ("Data as of {when}", "Données au {when}"),
    "publication": ("publication {id}", "publication {id}"),
    # filters
    "period": ("Period", "Période"),
    "period_help": (
        "Choose one, or type a period: 2026-10, 2026-W46, 2026-Q3, 2026-10-01..2026-10-31.",
        "Choisissez, ou écrivez une période : 2026-10, 2026-W46, 2026-Q3, 2026-10-01..2026-10-31.",
    ),
    "this_week": ("This week", "Cette semaine"),
    "last_week": ("Last week", "Semaine dernière"),
    "month_to_date": ("Month to date", "Mois à ce jour"),
    "last_month": ("Last month", "Mois dernier"),
    "last_quarter": ("Last quarter", "Trimestre dernier"),
    "year_to_date": ("Year to date", "Année à ce jour"),
    "trailing_12_months": ("Last 12 months", "12 derniers mois"),
    "last_year": ("Last year", "An dernier"),
    "compare": ("Compare with", "Comparer à"),
    "compare_previous": ("Period before", "Période précédente"),
    "compare_last_year": ("Year before", "Année précédente"),
    "branch": ("Branch", "Succursale"),
    "all_branches": ("All branches", "Toutes les succursales"),
    "filters": ("Filters", "Filtres"),
    "all": ("All", "Tout"),
    "clear": ("Clear filters", "Effacer les filtres"),
    "not_narrowed": (
        "Not narrowed by: {filters}.",
        "Non restreint par : {filters}.",
    ),
    "left_out": (
        "Not known by the chosen filters, and left out: {metrics}.",
        "Inconnu selon les filtres choisis et omis : {metrics}.",
    ),
    "click_bar": (
        "Click a bar to narrow the page to it, click again to widen it.",
        "Cliquez sur une barre pour restreindre la page, encore une fois pour l’élargir.",
    ),
    "no_branch": (
        "No branch is open to you yet: ask your administrator.",
        "Aucune succursale ne vous est encore ouverte : adressez-vous à votre administrateur.",
    ),
    # figures
    "versus_previous": ("vs before", "vs avant"),
    "versus_last_year": ("vs last year", "vs an dernier"),
    "definition": ("Definition", "Définition"),
    "explain": ("Explain", "Expliquer"),
    "figure": ("Figure", "Chiffre"),
    "rows_page": ("Rows", "Lignes"),
    "rows_all": ("{count} rows of the period", "{count} lignes de la période"),
    "rows_cut": (
        "the {count} newest rows of the period",
        "les {count} lignes les plus récentes de la période",
    ),
    "live": ("live", "en direct"),
    "target": ("target", "cible"),
    "target_met": ("Reached", "Atteinte"),
    "target_missed": ("Missed", "Manquée"),
    "exact": ("Exact value", "Valeur exacte"),
    "unit": ("Unit", "Unité"),
    "basis": ("Date basis", "Base de date"),
    "direction": ("Better when", "Meilleur si"),
    "direction_up": ("higher", "plus élevé"),
    "direction_down": ("lower", "plus bas"),
    "direction_none": ("neither", "ni l’un ni l’autre"),
    "owner": ("Owner", "Responsable"),
    "identifier": ("KPI", "ICP"),
    "computed_by": ("Computed by", "Calculé par"),
    "forecast": ("Forecast", "Prévision"),
    "range": ("{level}% range", "Intervalle à {level} %"),
    "not_yet": ("No figures for this period.", "Aucun chiffre pour cette période."),
    # health of the data
    "quarantined": (
        "{refused} of {processed} records from outside systems are in quarantine and not in these"
        " figures.",
        "{refused} enregistrements externes sur {processed} sont en quarantaine et absents de ces"
        " chiffres.",
    ),
    "details": ("Details", "Détails"),
    "provider": ("System", "Système"),
    "stream": ("Stream", "Flux"),
    "processed": ("Records", "Enregistrements"),
    "refused": ("In quarantine", "En quarantaine"),
    "last_success": ("Last success", "Dernier succès"),
    "quarantine_hint": (
        "Records in quarantine were refused with a reason and are in no figure until mended.",
        "Les enregistrements en quarantaine ont été refusés avec un motif et ne figurent dans aucun"
        " chiffre avant correction.",
    ),
    "no_streams": ("No outside system is connected.", "Aucun système externe n’est relié."),
    "number": ("Number", "Numéro"),
    "data_of": ("Data as of", "Données au"),
    "published": ("Published", "Publié"),
    "checks_passed": ("Checks passed", "Contrôles réussis"),
    "definitions_hash": ("Definitions", "Définitions"),
    "no_publications": ("Nothing was published yet.", "Rien n’a encore été publié."),
    # what changed and why, and what if
    "since_month": ("Since the month before", "Depuis le mois précédent"),
    "since_year": ("Since the year before", "Depuis l’an dernier"),
    "no_moves": (
        "Two whole months are needed before a change can be explained.",
        "Il faut deux mois complets avant de pouvoir expliquer une variation.",
    ),
    "no_findings": (
        "Nothing lately was unlike its season, growth and level.",
        "Rien récemment ne s’écartait de sa saison, de sa croissance et de son niveau.",
    ),
    "newest_of": ("The newest {shown} of {all}.", "Les {shown} plus récents de {all}."),
    "lasting": ("lasts", "dure encore"),
    "place": ("Place", "Lieu"),
    "whole_company": ("The whole company", "Toute l’entreprise"),
    "to_branch": ("To the page of the branch", "Vers la page de la succursale"),
    "cause_calendar": ("Calendar", "Calendrier"),
    "cause_volume": ("Volume", "Volume"),
    "cause_branch": ("Branches", "Succursales"),
    "cause_mix": ("Mix of work", "Composition"),
    "cause_rate": ("Rate", "Taux"),
    "one_branch": (
        "Choose one branch: ranges of several do not add up.",
        "Choisissez une succursale : les intervalles de plusieurs ne s’additionnent pas.",
    ),
    "lever_price": ("Price", "Prix"),
    "lever_marketing": ("Marketing", "Marketing"),
    "lever_crew": ("Crew hours", "Heures d’équipe"),
    "lever_capacity": ("Truck days", "Jours-camions"),
    "lever_known": (
        "{lever}: one per cent more brings {pull} per cent ({low} to {high}, 95% range,"
        " {cases} cases).",
        "{lever} : un pour cent de plus apporte {pull} pour cent ({low} à {high}, intervalle à"
        " 95 %, {cases} cas).",
    ),
    "lever_unsure": (
        "{lever} cannot be moved: the past does not tell what it does ({low} to {high} per cent"
        " for one, {cases} cases).",
        "{lever} ne peut être modifié : le passé ne dit pas son effet ({low} à {high} pour cent"
        " pour un, {cases} cas).",
    ),
    "lever_none": (
        "{lever} cannot be moved: there is too little past to tell what it does.",
        "{lever} ne peut être modifié : le passé est trop court pour dire son effet.",
    ),
    "no_levers": (
        "No lever can be moved here: what the past tells of them is not open to you, or too"
        " little.",
        "Aucun levier ne peut être modifié ici : le passé en dit trop peu ou ne vous est pas"
        " ouvert.",
    ),
    "whatif_sum": (
        "All in all {before} as forecast, {after} under these levers: {share}.",
        "Au total {before} selon la prévision, {after} avec ces leviers : {share}.",
    ),
    "from": ("From", "De"),
    "to": ("To", "À"),
    "changed": ("Under these levers", "Avec ces leviers"),
    "changed_range": ("Range under these levers", "Intervalle avec ces leviers"),
    "grain_month": ("Month", "Mois"),
    "grain_week": ("Week of", "Semaine du"),
    # the calendar
    "day": ("Day", "Jour"),
    "show": ("Show", "Afficher"),
    "against": ("What stands against it", "Ce qui s’y oppose"),
    "hard": ("Cannot stand", "Impossible"),
    "all_conflicts": ("All conflicts", "Tous les conflits"),
    "calendar_hint": (
        "Each day: its number, its slots, and ⚠ how many of them something stands against.",
        "Chaque jour : son numéro, ses plages et ⚠ combien d’entre elles ont un conflit.",
    ),
    "no_slots": (
        "Nothing is planned in these weeks.",
        "Rien n’est prévu durant ces semaines.",
    ),
    "no_conflicts": ("Nothing stands against any slot.", "Aucune plage n’a de conflit."),
    # lists
    "job": ("Job", "Travail"),
    "stage": ("Stage", "Étape"),
    "service": ("Service", "Service"),
    "customer": ("Customer", "Client"),
    "planned": ("Planned", "Prévu"),
    "started": ("Left", "Départ"),
    "arrived": ("On site", "Sur place"),
    "completed": ("Done", "Terminé"),
    "crew": ("Crew", "Équipe"),
    "truck": ("Truck", "Camion"),
    "late": ("Late", "Retard"),
    "late_mark": (
        "⚠ Not on site although the arrival window is over.",
        "⚠ Pas encore sur place alors que la plage d’arrivée est passée.",
    ),
    "no_jobs_today": ("No job is planned for today.", "Aucun travail n’est prévu aujourd’hui."),
    "name": ("Name", "Nom"),
    "kind": ("Kind", "Genre"),
    "state": ("State", "État"),
    "model": ("Model", "Modèle"),
    "odometer": ("Odometer (km)", "Odomètre (km)"),
    "last_maintenance": ("Last maintenance", "Dernier entretien"),
    "next_maintenance": ("Next maintenance", "Prochain entretien"),
    "no_equipment": ("There is no equipment here.", "Il n’y a pas d’équipement ici."),
    "when": ("When", "Quand"),
    "who": ("Who", "Qui"),
    "action": ("Action", "Action"),
    "resource": ("On what", "Sur quoi"),
    "what": ("Export of", "Exportation de"),
    "severity": ("Severity", "Gravité"),
    "no_acts": ("Nothing is noted yet.", "Rien n’est encore noté."),
    # downloads
    "download": ("Download", "Télécharger"),
    "download_hint": (
        "Exactly what this page shows.",
        "Exactement ce que montre cette page.",
    ),
    # SQL
    "sql_hint": (
        "One SELECT over the tables of your door. Ctrl + Enter runs it.",
        "Un SELECT sur les tables de votre porte. Ctrl + Entrée l’exécute.",
    ),
    "statement": ("Statement", "Instruction"),
    "run": ("Run", "Exécuter"),
    "rows": ("{count} rows, {columns} columns", "{count} lignes, {columns} colonnes"),
    "empty_statement": ("Write a SELECT first.", "Écrivez d’abord un SELECT."),
}


def word(key: str, locale: str, **values: object) -> str:
    """The fixed text `key` in the language of `locale`, its blanks filled in."""
    text = _WORDS[key][locale.startswith("fr")]
    return text.format(**values) if values else text
