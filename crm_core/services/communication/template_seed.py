"""The templates every tenant begins with, in English and French; each may be revised or retired.

A message whose template was retired is not sent. When which one is used is
`communication.reminders`.
"""

from types import MappingProxyType
from typing import Final

from crm_core.enums import TemplateType
from crm_core.services.communication.template_language import Variable, VariableType
from crm_core.services.communication.templates import TemplateData

_T = VariableType
_GENERAL = (Variable("first_name"), Variable("company"))
_MONEY = (Variable("total", _T.MONEY, sample="1,000.00"), Variable("currency", sample="CAD"))

VARIABLES: Final = MappingProxyType(
    {
        "quote": (
            *_GENERAL, *_MONEY, Variable("quote_number"), Variable("valid_until", _T.DATE),
            Variable("move_on", _T.DATE, is_required=False),
        ),
        "journey": (
            *_GENERAL, Variable("journey_number"), Variable("service_on", _T.DATE),
            Variable("starts", _T.TIME), Variable("window_ends", _T.TIME, is_required=False),
        ),
        "invoice": (
            *_GENERAL, *_MONEY, Variable("invoice_number"), Variable("due_on", _T.DATE),
            Variable("balance", _T.MONEY),
        ),
        "payment": (
            *_GENERAL, *_MONEY, Variable("invoice_number"), Variable("received_on", _T.DATE),
        ),
        "storage": (
            *_GENERAL, *_MONEY, Variable("unit_number"), Variable("starts_on", _T.DATE),
        ),
    }
)  # fmt: skip
"""By what a message is about: the values that it may use."""

# name, about, then subject and text in English and in French.
_TEXTS: Final = (
    ("quote_sent", "quote",
     "Your quote {{ quote_number }}",
     "Your quote {{ quote_number }} comes to {{ total }} {{ currency }}"
     "{% if move_on %} for {{ move_on }}{% endif %}. It holds until {{ valid_until }}.",
     "Votre soumission {{ quote_number }}",
     "Votre soumission {{ quote_number }} s'élève à {{ total }} {{ currency }}"
     "{% if move_on %} pour le {{ move_on }}{% endif %}. Elle est valable jusqu'au"
     " {{ valid_until }}."),
    ("quote_expiring", "quote",
     "Your quote {{ quote_number }} ends soon",
     "Your quote {{ quote_number }} of {{ total }} {{ currency }} holds until {{ valid_until }}.",
     "Votre soumission {{ quote_number }} expire bientôt",
     "Votre soumission {{ quote_number }} de {{ total }} {{ currency }} est valable jusqu'au"
     " {{ valid_until }}."),
    ("booking_confirmed", "journey",
     "Your move on {{ service_on }}",
     "Your move {{ journey_number }} is booked for {{ service_on }} at {{ starts }}.",
     "Votre déménagement du {{ service_on }}",
     "Votre déménagement {{ journey_number }} est réservé pour le {{ service_on }} à"
     " {{ starts }}."),
    ("day_before", "journey",
     "Your move is tomorrow",
     "Our crew comes tomorrow, {{ service_on }}, at {{ starts }}"
     "{% if window_ends %}, by {{ window_ends }} at the latest{% endif %}.",
     "Votre déménagement est demain",
     "Notre équipe arrive demain, {{ service_on }}, à {{ starts }}"
     "{% if window_ends %}, au plus tard à {{ window_ends }}{% endif %}."),
    ("crew_on_the_way", "journey",
     "Our crew is on the way",
     "The crew of your move {{ journey_number }} is on the way.",
     "Notre équipe est en route",
     "L'équipe de votre déménagement {{ journey_number }} est en route."),
    ("delay_apology", "journey",
     "We are late",
     "We are sorry: the crew of your move {{ journey_number }} is late. We will call you.",
     "Nous sommes en retard",
     "Nous sommes désolés : l'équipe de votre déménagement {{ journey_number }} est en retard."
     " Nous vous appellerons."),
    ("feedback_request", "journey",
     "How was your move?",
     "How likely are you to recommend us, from 0 to 10? Just answer with a number.",
     "Comment s'est passé votre déménagement ?",
     "Nous recommanderiez-vous, de 0 à 10 ? Répondez simplement par un chiffre."),
    ("invoice_sent", "invoice",
     "Your invoice {{ invoice_number }}",
     "Your invoice {{ invoice_number }} is {{ total }} {{ currency }}, due on {{ due_on }}.",
     "Votre facture {{ invoice_number }}",
     "Votre facture {{ invoice_number }} est de {{ total }} {{ currency }}, payable le"
     " {{ due_on }}."),
    ("invoice_due_soon", "invoice",
     "Invoice {{ invoice_number }} is due soon",
     "{{ balance }} {{ currency }} of invoice {{ invoice_number }} are due on {{ due_on }}.",
     "La facture {{ invoice_number }} arrive à échéance",
     "{{ balance }} {{ currency }} de la facture {{ invoice_number }} sont payables le"
     " {{ due_on }}."),
    ("invoice_overdue", "invoice",
     "Invoice {{ invoice_number }} is overdue",
     "{{ balance }} {{ currency }} of invoice {{ invoice_number }} were due on {{ due_on }}.",
     "La facture {{ invoice_number }} est en souffrance",
     "{{ balance }} {{ currency }} de la facture {{ invoice_number }} étaient payables le"
     " {{ due_on }}."),
    ("payment_receipt", "payment",
     "We received your payment",
     "Thank you: we received {{ total }} {{ currency }} for invoice {{ invoice_number }} on"
     " {{ received_on }}.",
     "Nous avons reçu votre paiement",
     "Merci : nous avons reçu {{ total }} {{ currency }} pour la facture {{ invoice_number }} le"
     " {{ received_on }}."),
    ("storage_started", "storage",
     "Your storage unit {{ unit_number }}",
     "Your unit {{ unit_number }} is yours from {{ starts_on }}; the rent is {{ total }}"
     " {{ currency }}. The branch hands you the access code in person.",
     "Votre unité d'entreposage {{ unit_number }}",
     "L'unité {{ unit_number }} est à vous dès le {{ starts_on }} ; le loyer est de {{ total }}"
     " {{ currency }}. La succursale vous remet le code d'accès en personne."),
)  # fmt: skip

_FRAMES: Final = {
    "en": "Hello {{ first_name }},\n\n%s\n\n{{ company }}",
    "fr": "Bonjour {{ first_name }},\n\n%s\n\n{{ company }}",
}


def _template(name: str, about: str, language: str, subject: str, text: str) -> TemplateData:
    content = _FRAMES[language] % text
    return TemplateData(
        name, TemplateType.EMAIL, content, subject, VARIABLES[about], language, category=about
    )


TEMPLATES: Final = tuple(
    _template(name, about, language, subject, text)
    for name, about, *texts in _TEXTS
    for language, subject, text in (("en", *texts[:2]), ("fr", *texts[2:]))
)
