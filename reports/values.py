"""What people read for the coded values of dimensions, in both languages.

Names of dimensions and the other fixed words are in `reports.words`.
"""

import re
from typing import Final

_VALUES: Final[dict[str, tuple[str, str]]] = {
    # services
    "BOX_DELIVERY": ("Box delivery", "Livraison de boîtes"),
    "COMMERCIAL": ("Commercial", "Commercial"),
    "JUNK_REMOVAL": ("Junk removal", "Enlèvement de rebuts"),
    "LABOR_ONLY": ("Labour only", "Main-d’œuvre seule"),
    "LABOUR_AND_PACKING_ONLY": ("Labour and packing", "Main-d’œuvre et emballage"),
    "LOAD_ONLY": ("Loading only", "Chargement seul"),
    "LONG_DISTANCE": ("Long distance", "Longue distance"),
    "MOVING": ("Moving", "Déménagement"),
    "MOVING_AND_PACKING": ("Moving and packing", "Déménagement et emballage"),
    "PACKING": ("Packing", "Emballage"),
    "STORAGE_IN_BOUND": ("Into storage", "Vers l’entrepôt"),
    "STORAGE_OUT_BOUND": ("Out of storage", "Sortie d’entrepôt"),
    "UNLOAD_ONLY": ("Unloading only", "Déchargement seul"),
    # sources of leads
    "homestars": ("HomeStars", "HomeStars"),
    "lead_broker": ("Lead broker", "Courtier en pistes"),
    "local_services": ("Local services", "Services locaux"),
    "map_listing": ("Map listing", "Fiche sur la carte"),
    "organic": ("Organic search", "Recherche naturelle"),
    "other": ("Other", "Autre"),
    "pay_per_click": ("Pay per click", "Annonces au clic"),
    "referral": ("Referral", "Recommandation"),
    "repeat": ("Repeat customer", "Client fidèle"),
    "saw_truck": ("Saw a truck", "A vu un camion"),
    # customers
    "CORPORATE_ACCOUNT": ("Corporate account", "Compte d’entreprise"),
    "RESIDENTIAL": ("Residential", "Résidentiel"),
    # causes of a job's profit
    "as planned": ("As planned", "Comme prévu"),
    "billed less than quoted": ("Billed less than quoted", "Facturé moins que le devis"),
    "claim": ("Claim", "Réclamation"),
    "cost above estimate": ("Cost above estimate", "Coût au-dessus de l’estimation"),
    "more hours than quoted": ("More hours than quoted", "Plus d’heures que le devis"),
    "royalty": ("Royalty", "Redevance"),
    # money
    "EQUIPMENT_RENTAL": ("Equipment rental", "Location d’équipement"),
    "INSURANCE": ("Insurance", "Assurance"),
    "MOVING_SERVICES": ("Moving services", "Services de déménagement"),
    "PACKING_SERVICES": ("Packing services", "Services d’emballage"),
    "SPECIALTY_SERVICES": ("Specialty services", "Services spécialisés"),
    "STORAGE_SERVICES": ("Storage services", "Services d’entreposage"),
    "BANK_TRANSFER": ("Bank transfer", "Virement bancaire"),
    "CASH": ("Cash", "Espèces"),
    "CHECK": ("Cheque", "Chèque"),
    "CREDIT_CARD": ("Credit card", "Carte de crédit"),
    "DEBIT_CARD": ("Debit card", "Carte de débit"),
    "STRIPE": ("Stripe", "Stripe"),
    "BALANCE_DUE": ("Balance", "Solde"),
    "DEPOSIT": ("Deposit", "Dépôt"),
    "REFUND": ("Refund", "Remboursement"),
    "fee": ("Fee", "Frais"),
    "invoice": ("Invoice", "Facture"),
    "payment": ("Payment", "Paiement"),
    "tax": ("Tax", "Taxe"),
    "whole": ("Invoiced to collected, the whole way", "Du facturé à l’encaissé, tout le chemin"),
    "service": ("Earned in another month", "Gagné un autre mois"),
    "closing": ("Not settled in the month of the work", "Non réglé le mois du travail"),
    "cash": ("Tax, deposits, part payments, refunds", "Taxes, dépôts, acomptes, remboursements"),
    # lost quotes
    "EXPIRED": ("Expired", "Expiré"),
    "chose another mover": ("Chose another mover", "A choisi un autre déménageur"),
    "date not free": ("Date not free", "Date non disponible"),
    "lost at the source": ("Lost at the source", "Perdu à la source"),
    "moving on their own": ("Moving on their own", "Déménage par ses propres moyens"),
    "price": ("Price", "Prix"),
    # stages of a job
    "SCHEDULED": ("Scheduled", "Planifié"),
    "MORNING_PREP": ("Morning preparation", "Préparation du matin"),
    "EN_ROUTE": ("On the way", "En route"),
    "ONSITE": ("On site", "Sur place"),
    "COMPLETED": ("Completed", "Terminé"),
    "AUDITED": ("Audited", "Vérifié"),
    "CANCELLED": ("Cancelled", "Annulé"),
    # messages
    "EMAIL": ("E-mail", "Courriel"),
    "SMS": ("Text message", "Texto"),
    "invoice_sent": ("Invoice sent", "Facture envoyée"),
    "move_reminder": ("Move reminder", "Rappel du déménagement"),
    "quote_sent": ("Quote sent", "Devis envoyé"),
    # stock and storage
    "BAG": ("Bags", "Sacs"),
    "BOX": ("Boxes", "Boîtes"),
    "PAPER": ("Paper", "Papier"),
    "TAPE": ("Tape", "Ruban"),
    "WRAP": ("Wrap", "Pellicule"),
    "POD": ("Pod", "Conteneur"),
    "SMALL": ("Small", "Petit"),
    "MEDIUM": ("Medium", "Moyen"),
    "LARGE": ("Large", "Grand"),
    # cadences of forecasts
    "day": ("Day", "Jour"),
    "week": ("Week", "Semaine"),
    "month": ("Month", "Mois"),
    # slots of the calendar
    "IN_PROGRESS": ("Under way", "En cours"),
    "JOURNEY": ("Job", "Travail"),
    "MAINTENANCE": ("Maintenance", "Entretien"),
    "TRAINING": ("Training", "Formation"),
    "MEETING": ("Meeting", "Réunion"),
    "OTHER": ("Other", "Autre"),
    # people
    "DRIVER": ("Driver", "Chauffeur"),
    "MOVER": ("Mover", "Déménageur"),
}

_CODE: Final = re.compile(r"[A-Za-z]+(_[A-Za-z]+)+")


def value_text(value: str, locale: str) -> str:
    """A coded value in words; what is unknown here stays as it is, without its underscores."""
    if value in _VALUES:
        return _VALUES[value][locale.startswith("fr")]
    return value.replace("_", " ").capitalize() if _CODE.fullmatch(value) else value
