"""The fixed words of reports and mails in both languages.

Titles of views stand in their specs, labels of metrics in the metric definitions.
"""

from reports.format import Formatter

_WORDS: dict[str, tuple[str, str]] = {
    "as_of": ("Data as of", "Données au"),
    "attached": ("Attached", "En pièce jointe"),
    "begins": ("The figures begin with {start}.", "Les chiffres commencent avec {start}."),
    "basis": ("Date basis", "Base de date"),
    "checks": ("Checks passed", "Contrôles réussis"),
    "company": ("Company", "Entreprise"),
    "definition": ("Definition", "Définition"),
    "definitions": ("Definitions", "Définitions"),
    "definitions_version": ("Definitions version", "Version des définitions"),
    "difference": ("Difference", "Écart"),
    "former_employee": ("former employee", "ancien employé"),
    "generated_for": ("Prepared for", "Préparé pour"),
    "id": ("Id", "Id"),
    "last_year": ("Last year", "An dernier"),
    "mail_body": (
        "{title} for {scope}, {period}.\nData as of {as_of}, publication {publication}.",
        "{title} pour {scope}, {period}.\nDonnées au {as_of}, publication {publication}.",
    ),
    "mail_foot": (
        "You receive this report because of your role. The figures cover what you may see.",
        "Vous recevez ce rapport en raison de votre rôle. Les chiffres couvrent ce que vous "
        "pouvez voir.",
    ),
    "metric": ("Metric", "Indicateur"),
    "more_rows": (
        "{shown} of {all} shown; the total counts all of them.",
        "{shown} sur {all} affichés; le total les compte tous.",
    ),
    "more_rows_bare": ("{shown} of {all} shown.", "{shown} sur {all} affichés."),
    "name": ("Name", "Nom"),
    "no_data": ("No figures for this period.", "Aucun chiffre pour cette période."),
    "not_available": (
        "Not available to you: {metrics}.",
        "Non disponible pour vous : {metrics}.",
    ),
    "open_bucket": (
        "The last point covers a period that has not ended.",
        "Le dernier point couvre une période inachevée.",
    ),
    "page_of": ("Page {page} of {pages}", "Page {page} de {pages}"),
    "parts": ("Sum of the branches", "Somme des succursales"),
    "parts_of": ("Sum over: {dimension}", "Somme par : {dimension}"),
    "period": ("Period", "Période"),
    "previous": ("Previous", "Précédent"),
    "publication": ("Publication", "Publication"),
    "range": ("{level}% range", "Intervalle à {level} %"),
    "scope": ("Scope", "Portée"),
    "scope_branch": ("Branch: {names}", "Succursale : {names}"),
    "scope_branches": ("Branches: {names}", "Succursales : {names}"),
    "scope_company": ("Whole company", "Toute l’entreprise"),
    "scope_own": ("Own records, {names}", "Ses propres dossiers, {names}"),
    "start": ("From", "Du"),
    "sum": ("Sum of the parts", "Somme des parties"),
    "summary": ("Summary", "Sommaire"),
    "total": ("Total", "Total"),
    "unassigned": ("Unassigned", "Non attribué"),
    "unit": ("Unit", "Unité"),
    "value": ("Value", "Valeur"),
    "whole": ("Total asked directly", "Total demandé directement"),
    "worked_by": ("Owner", "Responsable"),
}

_DIMENSIONS: dict[str, tuple[str, str]] = {
    "branch": ("Branch", "Succursale"),
    "customer_type": ("Customer type", "Type de client"),
    "is_corporate": ("Corporate branch", "Succursale corporative"),
    "line": ("Line", "Ligne"),
    "move_size": ("Move size", "Taille du déménagement"),
    "owner": ("Responsible", "Responsable"),
    "payment_method": ("Payment method", "Mode de paiement"),
    "province": ("Province", "Province"),
    "service_type": ("Service", "Service"),
    "source": ("Source", "Source"),
}

_BASES: dict[str, tuple[str, str]] = {
    "as_of": ("as of", "à la date"),
    "booked": ("booked", "réservation"),
    "collected": ("collected", "encaissement"),
    "completed": ("completed", "achèvement"),
    "created": ("created", "création"),
    "decided": ("decided", "décision"),
    "forecast": ("forecast", "prévision"),
    "issued": ("issued", "facturation"),
    "service": ("service", "service"),
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
