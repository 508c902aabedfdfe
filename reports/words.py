"""The fixed words of reports and mails in both languages.

Titles of views stand in their specs, labels of metrics in the metric definitions.
"""

from reports.format import Formatter

_WORDS: dict[str, tuple[str, str]] = {
    "about": ("About", "Objet"),
    "and": (" and ", " et "),
    "as_of": ("Data as of", "Données au"),
    "attached": ("Attached", "En pièce jointe"),
    "basis": ("Date basis", "Base de date"),
    "begins": ("The figures begin with {start}.", "Les chiffres commencent avec {start}."),
    "changes_first": (
        "This is the first report of its kind here: no earlier figures to compare with.",
        "C’est le premier rapport de ce genre ici : aucun chiffre antérieur à comparer.",
    ),
    "changes_none": (
        "All {all} figures of the report for {period} (publication {publication}) still stand.",
        "Les {all} chiffres du rapport pour {period} (publication "
        "{publication}) tiennent toujours.",
    ),
    "changes_some": (
        "{count} of {all} figures of the report for {period} (publication "
        "{publication}) have changed since.",
        "{count} des {all} chiffres du rapport pour {period} (publication "
        "{publication}) ont changé depuis.",
    ),
    "chart_says": (
        "{label}: highest {high} ({at_high}), lowest {low} ({at_low}).",
        "{label} : maximum {high} ({at_high}), minimum {low} ({at_low}).",
    ),
    "chart_table": ("All figures are in the table below.", "Tous les chiffres sont au tableau."),
    "checks": ("Checks passed", "Contrôles réussis"),
    "company": ("Company", "Entreprise"),
    "definition": ("Definition", "Définition"),
    "definitions": ("Definitions", "Définitions"),
    "definitions_version": ("Definitions version", "Version des définitions"),
    "difference": ("Difference", "Écart"),
    "filters": ("Filters", "Filtres"),
    "former_employee": ("former employee", "ancien employé"),
    "generated_for": ("Prepared for", "Préparé pour"),
    "id": ("Id", "Id"),
    "last_year": ("Last year", "An dernier"),
    "left_out": ("Left out: {names}.", "Sans : {names}."),
    "like_for_like": (
        "Like for like: {count} of {all} branches were open all through the periods compared.",
        "À périmètre comparable : {count} succursales sur {all}, ouvertes pendant toute la durée "
        "des périodes comparées.",
    ),
    "mail_body": (
        "{title} for {scope}, {period}.\nData as of {as_of}, publication {publication}.",
        "{title} pour {scope}, {period}.\nDonnées au {as_of}, publication {publication}.",
    ),
    "mail_foot": (
        "You receive this report because of your role. The figures cover what you may see.",
        "Vous recevez ce rapport en raison de votre rôle. Les chiffres "
        "couvrent ce que vous pouvez voir.",
    ),
    "metric": ("Metric", "Indicateur"),
    "more_rows": (
        "{shown} of {all} shown; the total counts all of them.",
        "{shown} sur {all} affichés; le total les compte tous.",
    ),
    "more_rows_bare": ("{shown} of {all} shown.", "{shown} sur {all} affichés."),
    "name": ("Name", "Nom"),
    "no_data": ("No figures for this period.", "Aucun chiffre pour cette période."),
    "not_available": ("Not available to you: {metrics}.", "Non disponible pour vous : {metrics}."),
    "open_bucket": (
        "The last point covers a period that has not ended.",
        "Le dernier point couvre une période inachevée.",
    ),
    "other": ("Other", "Autres"),
    "page_of": ("Page {page} of {pages}", "Page {page} de {pages}"),
    "parts": ("Sum of the branches", "Somme des succursales"),
    "parts_of": ("Sum over: {dimension}", "Somme par : {dimension}"),
    "period": ("Period", "Période"),
    "previous": ("Previous", "Précédent"),
    "publication": ("Publication", "Publication"),
    "published": ("As published", "Comme publié"),
    "range": ("{level}% range", "Intervalle à {level} %"),
    "rank": ("No.", "Nº"),
    "scope": ("Scope", "Portée"),
    "scope_branch": ("Branch: {names}", "Succursale : {names}"),
    "scope_branches": ("Branches: {names}", "Succursales : {names}"),
    "scope_company": ("Whole company", "Toute l’entreprise"),
    "scope_own": ("Own records, {names}", "Ses propres dossiers, {names}"),
    "share": ("Share", "Part"),
    "stamp_stale": (
        "The data end before this report’s period or are older than promised.",
        "Les données finissent avant la période ou sont plus anciennes que promis.",
    ),
    "start": ("From", "Du"),
    "step": ("Step", "Étape"),
    "sum": ("Sum of the parts", "Somme des parties"),
    "summary": ("Summary", "Sommaire"),
    "target": ("Target", "Cible"),
    "told_alone": (
        "{label}: {value}; no earlier figure.",
        "{label} : {value}; aucun chiffre antérieur.",
    ),
    "told_down": (
        "{label}: {value}, down {change} from {earlier} ({span}).",
        "{label} : {value}, en baisse de {change} par rapport à {earlier} ({span}).",
    ),
    "told_from_nothing": (
        "{label}: {value}, after {earlier} ({span}).",
        "{label} : {value}, après {earlier} ({span}).",
    ),
    "told_mover": ("{name} ({value}, was {earlier})", "{name} ({value}, contre {earlier})"),
    "told_movers": ("Most of it: {names}.", "Principalement : {names}."),
    "told_same": (
        "{label}: {value}, as before ({span}).",
        "{label} : {value}, comme avant ({span}).",
    ),
    "told_unknown": ("{label}: no figure.", "{label} : aucun chiffre."),
    "told_up": (
        "{label}: {value}, up {change} from {earlier} ({span}).",
        "{label} : {value}, en hausse de {change} par rapport à {earlier} ({span}).",
    ),
    "total": ("Total", "Total"),
    "unassigned": ("Unassigned", "Non attribué"),
    "unexplained": (
        "Not explained by the steps: {amount}.",
        "Non expliqué par les étapes : {amount}.",
    ),
    "unit": ("Unit", "Unité"),
    "value": ("Value", "Valeur"),
    "whole": ("Total asked directly", "Total demandé directement"),
    "worked_by": ("Owner", "Responsable"),
}

_DIMENSIONS: dict[str, tuple[str, str]] = {
    "account": ("Account", "Compte"),
    "activity_type": ("Activity", "Activité"),
    "branch": ("Branch", "Succursale"),
    "cadence": ("By", "Par"),
    "cause": ("Cause", "Cause"),
    "channel": ("Channel", "Canal"),
    "age": ("Age in days", "Âge en jours"),
    "class": ("Class", "Classe"),
    "claim_type": ("Kind of claim", "Type de réclamation"),
    "crew_lead": ("Crew lead", "Chef d’équipe"),
    "customer_type": ("Customer type", "Type de client"),
    "format": ("Format", "Format"),
    "gateway": ("Gateway", "Passerelle"),
    "horizon": ("Periods ahead", "Périodes d’avance"),
    "hour_of_day": ("Hour of day", "Heure du jour"),
    "is_corporate": ("Corporate branch", "Succursale corporative"),
    "item_category": ("Kind of charge", "Type de frais"),
    "item_group": ("Item group", "Groupe d’articles"),
    "job": ("Job", "Travail"),
    "lead_priority": ("Priority", "Priorité"),
    "lead_status": ("Status of the lead", "État de la piste"),
    "line": ("Line", "Ligne"),
    "loss_reason": ("Reason", "Raison"),
    "metric_name": ("Forecast of", "Prévision de"),
    "months_ahead": ("Months ahead", "Mois à venir"),
    "move_month": ("Month of the move", "Mois du déménagement"),
    "move_size": ("Move size", "Taille du déménagement"),
    "notice_days": ("Days of notice", "Jours de préavis"),
    "owner": ("Responsible", "Responsable"),
    "part": ("Part", "Partie"),
    "payment_category": ("Kind of payment", "Type de paiement"),
    "payment_method": ("Payment method", "Mode de paiement"),
    "posting_type": ("Posting", "Écriture"),
    "province": ("Province", "Province"),
    "report": ("Report", "Rapport"),
    "report_window": ("Period", "Période"),
    "role": ("Role", "Rôle"),
    "service_month": ("Month of service", "Mois de service"),
    "service_type": ("Service", "Service"),
    "sku": ("Item", "Article"),
    "source": ("Source", "Source"),
    "stage": ("Stage", "Étape"),
    "status": ("Status", "État"),
    "step": ("Step", "Étape"),
    "tax_province": ("Province of the tax", "Province de la taxe"),
    "template": ("Template", "Modèle"),
    "tenure": ("Tenure", "Ancienneté"),
    "transaction_type": ("Movement", "Mouvement"),
    "truck": ("Truck", "Camion"),
    "unit_size": ("Unit size", "Taille d’unité"),
    "unit_type": ("Unit type", "Type d’unité"),
    "update_type": ("Kind of update", "Type de mise à jour"),
    "voucher": ("Document", "Pièce"),
    "way": ("Way", "Sens"),
}

_BASES: dict[str, tuple[str, str]] = {
    "as_of": ("as of", "à la date"),
    "attempt": ("attempt", "tentative"),
    "booked": ("booked", "réservation"),
    "cancelled": ("cancelled", "annulation"),
    "closed": ("closed", "fermeture"),
    "cohort": ("cohort", "cohorte"),
    "collected": ("collected", "encaissement"),
    "completed": ("completed", "achèvement"),
    "created": ("created", "création"),
    "day": ("day", "jour"),
    "decided": ("decided", "décision"),
    "due": ("due", "échéance"),
    "finished": ("finished", "fin"),
    "forecast": ("forecast", "prévision"),
    "issued": ("issued", "facturation"),
    "month": ("month", "mois"),
    "move_out": ("move out", "départ"),
    "occurred": ("occurred", "survenue"),
    "opened": ("opened", "ouverture"),
    "quarter": ("quarter", "trimestre"),
    "refunded": ("refunded", "remboursement"),
    "sent": ("sent", "envoi"),
    "service": ("service", "service"),
    "week": ("week", "semaine"),
}

_UNITS: dict[str, tuple[str, str]] = {
    "count": ("number", "nombre"),
    "money": ("money", "montant"),
    "percent": ("percent", "pourcentage"),
    "days": ("days", "jours"),
    "hours": ("hours", "heures"),
    "minutes": ("minutes", "minutes"),
    "seconds": ("seconds", "secondes"),
    "ratio": ("ratio", "ratio"),
}


def word(key: str, locale: str, **values: object) -> str:
    """The fixed text `key` in the language of `locale`, its blanks filled in."""
    text = _WORDS[key][locale.startswith("fr")]
    return text.format(**values) if values else text


def dimension_word(dimension: str, locale: str) -> str:
    """The name of a dimension as a column head."""
    if dimension in _DIMENSIONS:
        return _DIMENSIONS[dimension][locale.startswith("fr")]
    return dimension.replace("_", " ").capitalize()


def basis_word(basis: str, locale: str) -> str:
    """The date basis of a metric in words."""
    if basis in _BASES:
        return _BASES[basis][locale.startswith("fr")]
    return basis.replace("_", " ")


def unit_word(unit: str, locale: str) -> str:
    """The unit of a metric in words."""
    return _UNITS[unit][locale.startswith("fr")]


def headed(label: str, sign: str) -> str:
    """A column head: the label, with the unit in brackets where there is one."""
    return f"{label} ({sign})" if sign else label


def band_label(level: int, formatter: Formatter) -> str:
    """The legend of a forecast interval."""
    return word("range", formatter.locale, level=level)
