"""What people read for the coded values of dimensions, in both languages.

Names of dimensions and the other fixed words are in `reports.words`, names behind ids in
`reports.named`.
"""

import re
from typing import Final

VALUES: Final[dict[str, tuple[str, str]]] = {
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
    "storage": ("Storage", "Entreposage"),
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
    # leads and what is done about them
    "ARCHIVED": ("Archived", "Archivée"),
    "CONTACTED": ("Contacted", "Contactée"),
    "LOST": ("Lost", "Perdue"),
    "NEGOTIATION": ("Negotiation", "Négociation"),
    "NEW": ("New", "Nouvelle"),
    "PROPOSAL_SENT": ("Proposal sent", "Proposition envoyée"),
    "QUALIFIED": ("Qualified", "Qualifiée"),
    "WON": ("Won", "Gagnée"),
    "HIGH": ("High", "Haute"),
    "LOW": ("Low", "Basse"),
    "URGENT": ("Urgent", "Urgente"),
    "DEMO": ("Demonstration", "Démonstration"),
    "FOLLOW_UP": ("Follow up", "Suivi"),
    "MEETING": ("Meeting", "Réunion"),
    "PHONE_CALL": ("Phone call", "Appel téléphonique"),
    "SITE_VISIT": ("Site visit", "Visite sur place"),
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
    "CLAIMS": ("Claims", "Réclamations"),
    "FUEL": ("Fuel", "Carburant"),
    "LABOUR": ("Labour", "Main-d’œuvre"),
    "MAINTENANCE": ("Maintenance", "Entretien"),
    "MARKETING": ("Marketing", "Publicité"),
    "MATERIALS": ("Materials", "Matériaux"),
    "MOVING_REVENUE": ("Moving revenue", "Revenu de déménagement"),
    "OTHER": ("Other", "Autre"),
    "OTHER_REVENUE": ("Other revenue", "Autres revenus"),
    "PAYMENT": ("Payment", "Paiement"),
    "PROCESSING_FEE": ("Processing fee", "Frais de traitement"),
    "RENT": ("Rent", "Loyer"),
    "ROYALTY": ("Royalty", "Redevance"),
    "STORAGE_REVENUE": ("Storage revenue", "Revenu d’entreposage"),
    "TAX": ("Tax", "Taxe"),
    "ADJUSTMENT": ("Adjustment", "Ajustement"),
    "EXPENSE": ("Expense", "Dépense"),
    "INCOME": ("Income", "Revenu"),
    "TRANSFER": ("Transfer", "Transfert"),
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
    "PAYPAL": ("PayPal", "PayPal"),
    "SQUARE": ("Square", "Square"),
    "STRIPE": ("Stripe", "Stripe"),
    "BALANCE_DUE": ("Balance", "Solde"),
    "DEPOSIT": ("Deposit", "Dépôt"),
    "REFUND": ("Refund", "Remboursement"),
    "fee": ("Fee", "Frais"),
    "invoice": ("Invoice", "Facture"),
    "payment": ("Payment", "Paiement"),
    "tax": ("Tax", "Taxe"),
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
    "IN_APP": ("In the app", "Dans l’application"),
    "LETTER": ("Letter", "Lettre"),
    "PUSH_NOTIFICATION": ("Push notification", "Notification poussée"),
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
    "DAMAGE": ("Damage", "Dommage"),
    "EXPIRY": ("Expiry", "Péremption"),
    "PURCHASE": ("Purchase", "Achat"),
    "RETURN": ("Return", "Retour"),
    "SALE": ("Sale", "Vente"),
    "USAGE": ("Usage", "Utilisation"),
    "CONTAINER": ("Container", "Conteneur maritime"),
    "LOCKER": ("Locker", "Casier"),
    "POD": ("Pod", "Conteneur"),
    "WAREHOUSE": ("Warehouse", "Entrepôt"),
    "CUSTOM": ("Custom", "Sur mesure"),
    "SMALL": ("Small", "Petit"),
    "MEDIUM": ("Medium", "Moyen"),
    "LARGE": ("Large", "Grand"),
    "XLARGE": ("Extra large", "Très grand"),
    "in": ("In", "Entrée"),
    "out": ("Out", "Sortie"),
    # fleet and calendar
    "BLANKETS": ("Blankets", "Couvertures"),
    "DOLLY": ("Dolly", "Chariot"),
    "FORKLIFT": ("Forklift", "Chariot élévateur"),
    "STRAPS": ("Straps", "Sangles"),
    "TOOLS": ("Tools", "Outils"),
    "TRAILER": ("Trailer", "Remorque"),
    "TRUCK": ("Truck", "Camion"),
    "ACTIVE": ("Active", "Actif"),
    "REPAIR": ("Repair", "Réparation"),
    "RETIRED": ("Retired", "Retiré"),
    "SOLD": ("Sold", "Vendu"),
    "EQUIPMENT": ("Equipment", "Équipement"),
    "JOURNEY": ("Job", "Travail"),
    "IN_PROGRESS": ("Under way", "En cours"),
    "TRAINING": ("Training", "Formation"),
    "USER": ("Staff", "Personnel"),
    "day": ("Day", "Jour"),
    "week": ("Week", "Semaine"),
    "month": ("Month", "Mois"),
    # systems
    "DEBUG": ("Debug", "Débogage"),
    "INFO": ("Info", "Info"),
    "WARNING": ("Warning", "Avertissement"),
    "ERROR": ("Error", "Erreur"),
    "CRITICAL": ("Critical", "Critique"),
    "FULL": ("Full", "Complète"),
    "INCREMENTAL": ("Incremental", "Incrémentale"),
    "MANUAL": ("Manual", "Manuelle"),
    # people
    "ADMIN": ("Administrator", "Administrateur"),
    "ANALYST": ("Analyst", "Analyste"),
    "AUDITOR": ("Auditor", "Auditeur"),
    "DB_ADMIN": ("Database administrator", "Administrateur de la base"),
    "DISPATCHER": ("Dispatcher", "Répartiteur"),
    "EXECUTIVE": ("Executive", "Direction"),
    "FINANCE": ("Finance", "Finances"),
    "FLEET_MANAGER": ("Fleet manager", "Responsable de la flotte"),
    "MANAGER": ("Manager", "Gérant"),
    "OPERATIONAL_MANAGER": ("Operations manager", "Responsable des opérations"),
    "SALES_REP": ("Sales rep", "Représentant"),
    "STORAGE_MANAGER": ("Storage manager", "Responsable de l’entreposage"),
    "SUPER_ADMIN": ("Super administrator", "Super administrateur"),
    "DRIVER": ("Driver", "Chauffeur"),
    "MOVER": ("Mover", "Déménageur"),
}

OF_DIMENSION: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("class", "cash"): (
        "Tax, deposits, part payments, refunds", "Taxes, dépôts, acomptes, remboursements",
    ),
    ("class", "closing"): (
        "Not settled in the month of the work", "Non réglé le mois du travail",
    ),
    ("class", "service"): ("Earned in another month", "Gagné un autre mois"),
    ("class", "whole"): (
        "Invoiced to collected, the whole way", "Du facturé à l’encaissé, tout le chemin",
    ),
    ("is_corporate", "false"): ("Franchise", "Franchise"),
    ("is_corporate", "true"): ("Corporate", "Corporative"),
    ("lead_priority", "MEDIUM"): ("Medium", "Moyenne"),
}  # fmt: skip
"""Codes that mean something of their own in one dimension."""

VERBATIM: Final = frozenset(("branch", "integration", "model", "move_size", "sku", "webhook"))
"""Dimensions whose values are what people called things: they stay as they are."""

# Capitals from three letters on: BC is a province.
_CODE: Final = re.compile(r"[A-Z]{3,}|[a-z]+|[A-Za-z]+(_[A-Za-z]+)+")


def value_text(value: str, locale: str, dimension: str = "") -> str:
    """A coded value in words; an unknown code is made readable, everything else stays as it is."""
    words = OF_DIMENSION.get((dimension, value))
    if words is None and dimension in VERBATIM:
        return value
    if words := words or VALUES.get(value):
        return words[locale.startswith("fr")]
    return value.replace("_", " ").capitalize() if _CODE.fullmatch(value) else value
